"""The text that is answered: OpenMetrics or Prometheus's own format, as who asks prefers."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import ProcessCollector
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from hub import __version__
from hub.operations.services import remote
from hub.registry.instances.telling import process_name
from hub.web.metrics.calls import counts
from hub.web.metrics.families import of_calls, of_outgoing, of_rows
from hub.web.metrics.rows import RowsRead


class _Families(Collector):
    def __init__(self, read: RowsRead | None) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        process = process_name()
        yield InfoMetricFamily("hub", "This hub.", value={"version": __version__})
        yield from of_calls(counts.seen(), process=process)
        yield from of_outgoing(remote.report(), process=process)
        yield from of_rows(self._read)
        # Memory, processor time, open files and start of the process, where the system tells.
        for family in ProcessCollector(registry=None).collect():
            family.samples = [
                each._replace(labels={**each.labels, "process": process}) for each in family.samples
            ]
            yield family


def exposition(read: RowsRead | None, *, accept: str) -> tuple[bytes, str]:
    """The body and its media type; ``accept`` is the header's value."""
    encode, media_type = choose_encoder(accept)
    return encode(_Families(read)), media_type
