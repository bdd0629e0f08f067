from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runtime", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="worker",
            options={
                "default_permissions": ("view", "change"),
                "ordering": ["name"],
                "verbose_name": "worker",
                "verbose_name_plural": "workers",
            },
        ),
        migrations.AddField(
            model_name="worker",
            name="enabled",
            field=models.BooleanField(default=True, verbose_name="enabled"),
        ),
    ]
