"""Items can be edited, orders are seen only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from plugins.warehouse.models import Order, StockItem


@admin.register(StockItem)
class StockItemAdmin(ModelAdmin):  # type: ignore[misc]
    icon = "inventory_2"
    list_display = ("sku", "name", "price", "left")
    search_fields = ("sku", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("sku",) if obj else ()


@admin.register(Order)
class OrderAdmin(ModelAdmin):  # type: ignore[misc]
    icon = "receipt_long"
    list_display = ("id", "item", "amount", "total", "at")
    list_select_related = ("item",)
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
