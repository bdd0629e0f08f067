from django.contrib import admin

from dummies.broken_admin.models import Plain, Special

admin.site.register(Plain)


@admin.register(Special)
class SpecialAdmin(admin.ModelAdmin):
    pass


raise RuntimeError("the admin is broken on purpose")
