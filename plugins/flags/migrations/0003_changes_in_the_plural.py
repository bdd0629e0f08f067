from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("flags", "0002_scheduled_changes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="change",
            options={
                "ordering": ("-at", "-pk"),
                "verbose_name": "change",
                "verbose_name_plural": "changes",
            },
        ),
    ]
