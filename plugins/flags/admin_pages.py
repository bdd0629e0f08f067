"""Pages of a flag beside its form: try it, its evaluations, its history, the switch."""

from __future__ import annotations

import json
import time
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.decorators import action

from plugins.flags import changes, charts
from plugins.flags.admin_forms import TryForm
from plugins.flags.explanation import Explanation, explain
from plugins.flags.history import acting_as
from plugins.flags.models import Change, Environment, Flag, FlagState
from plugins.flags.snapshot import SNAPSHOT

PER_PAGE = 50


class FlagPages:
    """Mixed into the flag's admin."""

    admin_site: Any
    opts: Any

    @action(description="Try it", icon="science", url_path="try")  # type: ignore[untyped-decorator]
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Evaluate the flag for a context typed in; nothing is counted or changed."""
        flag = self._flag(request, object_id)
        form = TryForm(request.POST or None, initial={"environment": _chosen(request)})
        explanation = None
        if request.method == "POST" and form.is_valid():
            environment = form.cleaned_data["environment"].key
            explanation = _explain(flag, environment, form.cleaned_data["context"])
        context = {"form": form, "explanation": explanation, "value": _value(explanation)}
        return self._page(request, flag, "try", "Try it", context)

    @action(  # type: ignore[untyped-decorator]
        description="Evaluations", icon="bar_chart", url_path="evaluations"
    )
    def evaluations_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How often each variant was served, in each environment."""
        flag = self._flag(request, object_id)
        variants = list(flag.variants.values_list("key", flat=True))
        environments = [
            {
                "name": environment.name,
                "hour": charts.last_hour(flag.key, environment.key, variants),
                "day": charts.last_day(flag.key, environment.key, variants),
            }
            for environment in Environment.objects.all()
        ]
        context = {"environments": environments}
        return self._page(request, flag, "evaluations", "Evaluations", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Every change of the flag and of all that belongs to it."""
        flag = self._flag(request, object_id)
        pages = Paginator(Change.objects.filter(flag_key=flag.key), PER_PAGE)
        page = pages.get_page(request.GET.get("page"))
        return self._page(request, flag, "history", "History", {"page": page})

    def switch(self, request: HttpRequest, object_id: int, state_id: int) -> HttpResponse:
        """Turn the flag on or off in one environment."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        state = get_object_or_404(FlagState, pk=state_id, flag_id=object_id)
        if not self.has_change_permission(request, state.flag):  # type: ignore[attr-defined]
            raise PermissionDenied
        enabled = request.POST.get("enabled") == "1"
        with acting_as(request.user.get_username(), request.user.pk):
            changes.set_enabled(state.flag.key, state.environment.key, enabled)
        word = "on" if enabled else "off"
        messages.success(request, f"{state.flag.key} is {word} in {state.environment.key}.")
        return redirect("admin:flags_flag_change", object_id)

    def _flag(self, request: HttpRequest, object_id: str) -> Flag:
        flag = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if flag is None:
            raise Http404("There is no such flag.")
        if not self.has_view_permission(request, flag):  # type: ignore[attr-defined]
            raise PermissionDenied
        found: Flag = flag
        return found

    def _page(
        self, request: HttpRequest, flag: Flag, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "flag": flag,
            "original": flag,
            "title": f"{title}: {flag.key}",
            "page_title": title,
            **context,
        }
        return TemplateResponse(request, f"flags/admin/{name}.html", page)


def state_cards(flag: Flag) -> list[dict[str, Any]]:
    """One card an environment: its state, what it serves, how often it was asked."""
    numbers = charts.numbers_of_last_hour(flag.key)
    rules = list(flag.rules.values_list("environment_id", flat=True))
    states = flag.states.select_related("environment", "default_variant", "off_variant")
    return [
        {
            "state": state,
            "rules": rules.count(state.environment_id),
            "serves": _serves(state),
            "number": numbers.get(state.environment.key, 0),
        }
        for state in states
    ]


def _serves(state: FlagState) -> str:
    if not state.enabled:
        return str(state.off_variant)
    shares = [f"{entry['weight']:g} % {entry['variant']}" for entry in state.weights]
    return ", ".join(shares) or str(state.default_variant)


def _chosen(request: HttpRequest) -> str:
    default = Environment.objects.filter(is_default=True).values_list("key", flat=True).first()
    return request.GET.get("environment") or default or ""


def _explain(flag: Flag, environment: str, context: dict[str, Any]) -> Explanation:
    SNAPSHOT.forget()  # what was saved a moment ago, elsewhere too, is what is tried
    flags = SNAPSHOT.get().environments.get(environment, {})
    return explain(flags, flag.key, context, now=time.time())


def _value(explanation: Explanation | None) -> str:
    value = explanation.evaluation.value if explanation else None
    return json.dumps(value, indent=2, ensure_ascii=False)
