import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Flag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="What programs ask for, such as new-checkout. It can't be changed later.",
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]*\\Z",
                                "A key is made of letters, digits, dots, hyphens and underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("boolean", "Boolean"),
                            ("string", "String"),
                            ("integer", "Integer"),
                            ("float", "Float"),
                            ("object", "Object"),
                        ],
                        default="boolean",
                        help_text="What kind of values the variants hold. It can't be changed later.",
                        max_length=10,
                    ),
                ),
                (
                    "owner",
                    models.CharField(
                        blank=True, help_text="The team or person to ask.", max_length=200
                    ),
                ),
                (
                    "tags",
                    models.CharField(
                        blank=True, help_text="Words separated by commas.", max_length=500
                    ),
                ),
                (
                    "archived",
                    models.BooleanField(
                        default=False,
                        help_text="An archived flag is gone for programs and kept here.",
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="From then on the flag serves its off variant everywhere.",
                        null=True,
                        verbose_name="expires",
                    ),
                ),
                (
                    "salt",
                    models.CharField(
                        blank=True,
                        help_text="Percentage rollouts depend on it: a new salt deals everybody anew. Flags with the same salt pick the same people. By default the key.",
                        max_length=100,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("key",),
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]*\\Z",
                                "A key is made of letters, digits, dots, hyphens and underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                ("conditions", models.JSONField(blank=True, default=list)),
            ],
            options={
                "ordering": ("key",),
            },
        ),
        migrations.CreateModel(
            name="SnapshotVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("stamp", models.CharField(default="", max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("actor", models.CharField(max_length=200, verbose_name="who")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("created", "created"),
                            ("changed", "changed"),
                            ("deleted", "deleted"),
                        ],
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(max_length=50, verbose_name="what")),
                ("subject", models.CharField(max_length=300)),
                (
                    "flag_key",
                    models.CharField(
                        blank=True, db_index=True, max_length=100, verbose_name="flag"
                    ),
                ),
                (
                    "environment_key",
                    models.CharField(blank=True, max_length=100, verbose_name="environment"),
                ),
                ("field", models.CharField(blank=True, max_length=100)),
                ("old", models.JSONField(null=True)),
                ("new", models.JSONField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "history",
                "ordering": ("-at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Environment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]*\\Z",
                                "A key is made of letters, digits, dots, hyphens and underscores.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Programs that name no environment get this one.",
                        verbose_name="default",
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="The order in lists."),
                ),
            ],
            options={
                "ordering": ("position", "key"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="flags_one_default_environment",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvaluationCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("flag_key", models.CharField(max_length=100)),
                ("environment_key", models.CharField(max_length=100)),
                ("variant", models.CharField(blank=True, max_length=100)),
                ("width", models.PositiveIntegerField()),
                ("start", models.DateTimeField()),
                ("number", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["width", "start"], name="flags_count_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("flag_key", "environment_key", "variant", "width", "start"),
                        name="flags_one_count",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        max_length=100,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z0-9][A-Za-z0-9._-]*\\Z",
                                "A key is made of letters, digits, dots, hyphens and underscores.",
                            )
                        ],
                    ),
                ),
                ("value", models.JSONField(blank=True, help_text="JSON of the flag's type.")),
                ("description", models.CharField(blank=True, max_length=300)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variants",
                        to="flags.flag",
                    ),
                ),
            ],
            options={
                "ordering": ("position", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="The lowest is tried first."),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "conditions",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="All must hold. None at all means everybody.",
                    ),
                ),
                ("weights", models.JSONField(blank=True, default=list, verbose_name="percentages")),
                (
                    "bucket_by",
                    models.CharField(
                        default="targetingKey",
                        help_text="Who has the same value, gets the same.",
                        max_length=200,
                    ),
                ),
                (
                    "environment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="flags.environment",
                    ),
                ),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="flags.flag",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        blank=True,
                        help_text="What they get, or else percentages.",
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="flags.variant",
                    ),
                ),
            ],
            options={
                "ordering": ("environment__position", "environment__key", "position", "pk"),
            },
        ),
        migrations.CreateModel(
            name="Prerequisite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prerequisites",
                        to="flags.flag",
                    ),
                ),
                (
                    "required",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="dependants",
                        to="flags.flag",
                        verbose_name="required flag",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="flags.variant",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="FlagState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("enabled", models.BooleanField(default=False, verbose_name="on")),
                (
                    "weights",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="A rollout for everybody whom no rule matches. 100 in sum, or none.",
                        verbose_name="percentages",
                    ),
                ),
                (
                    "bucket_by",
                    models.CharField(
                        default="targetingKey",
                        help_text="Who has the same value, gets the same.",
                        max_length=200,
                    ),
                ),
                (
                    "environment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="states",
                        to="flags.environment",
                    ),
                ),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="states",
                        to="flags.flag",
                    ),
                ),
                (
                    "default_variant",
                    models.ForeignKey(
                        help_text="Served when no rule matches, unless percentages are given.",
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="flags.variant",
                    ),
                ),
                (
                    "off_variant",
                    models.ForeignKey(
                        help_text="Served while off.",
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="flags.variant",
                    ),
                ),
            ],
            options={
                "verbose_name": "state",
                "ordering": ("environment__position", "environment__key"),
            },
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(
                fields=("flag", "key"),
                name="flags_variant_key_once",
                violation_error_message="The flag has a variant of that key already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="prerequisite",
            constraint=models.UniqueConstraint(
                fields=("flag", "required"),
                name="flags_prerequisite_once",
                violation_error_message="That flag is required already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="flagstate",
            constraint=models.UniqueConstraint(
                fields=("flag", "environment"), name="flags_one_state"
            ),
        ),
    ]
