from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0015_celery_totals"),
    ]

    operations = [
        migrations.AddField(
            "Service",
            "only_called",
            models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
