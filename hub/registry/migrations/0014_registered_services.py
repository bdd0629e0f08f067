from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0013_fine_buckets"),
    ]

    operations = [
        migrations.AlterField(
            "Service",
            "plugin",
            models.ForeignKey(
                null=True,
                on_delete=deletion.CASCADE,
                related_name="services",
                to="registry.plugin",
                verbose_name="plugin",
            ),
        ),
    ]
