from django.db import migrations, models


class Migration(migrations.Migration):
    """The wishes live for seconds: the table is made anew, with another key."""

    dependencies = [
        ("registry", "0010_outgoing_percentiles"),
    ]

    operations = [
        migrations.DeleteModel(name="CircuitReset"),
        migrations.CreateModel(
            name="CircuitReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("service", models.CharField(db_index=True, max_length=400)),
                ("url", models.CharField(blank=True, max_length=2000)),
                ("asked_at", models.FloatField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
    ]
