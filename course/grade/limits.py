"""What one submission may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    cell_timeout: float = 10.0  # seconds for one cell
    total_timeout: float = 180.0  # seconds for one submission
    mem_mb: int = 2048
    disk_mb: int = 64  # files that are written
    output_kb: int = 200  # printed by one cell
    heard_kb: int = 4000  # of messages of any kind from one cell
    processes: int = 20  # started by one kernel
    isolate: str = "auto"  # see ``isolate``
