"""What lies in the warehouse, and who took what."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class StockItem(models.Model):
    """``left`` never goes below zero: the database refuses it."""

    sku = models.CharField(_("SKU"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=200)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    left = models.PositiveIntegerField(_("left"), default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["sku"]
        verbose_name = _("item")
        verbose_name_plural = _("items")

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class Order(models.Model):
    """``id`` is the caller's: one row an order, however often it is sent."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, related_name="orders", verbose_name=_("item")
    )
    amount = models.PositiveIntegerField(_("amount"))
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")

    def __str__(self) -> str:
        return f"{self.amount} of {self.item_id}"
