"""SLURM on one node, this one, in a folder: needs root, and Debian's slurm-wlm, munge, libpmix-dev.

As a script, `python -m tests.launching.slurm COMMAND...`, it runs a command beside it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

NEEDED = ("munged", "slurmctld", "slurmd", "srun")
PATIENCE = 30
"""Seconds for the node to come up, or a daemon to end."""
_SETTINGS = """\
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=pmix
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
"""
"""Without cgroups, which a container may not have; `cred_expire` is what a requeued job waits."""


def missing() -> list[str]:
    """The programs that are not here."""
    return [name for name in NEEDED if shutil.which(name, path=_path()) is None]


class Slurm:
    """The daemons, from entering to leaving; `environment` is what commands find them by."""

    def __enter__(self) -> "Slurm":
        self._temporary = TemporaryDirectory(prefix="slurm-")  # sockets have short names
        self.folder = folder = Path(self._temporary.name)
        for name in ("munge", "state", "spool"):
            (folder / name).mkdir(mode=0o700)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        controller, node = _free_ports()
        (folder / "slurm.conf").write_text(
            _SETTINGS.format(
                host=socket.gethostname().partition(".")[0], folder=folder, controller=controller,
                node=node, cores=os.cpu_count(),
            )
        )  # fmt: skip
        self.environment = {
            **os.environ, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": _path(),
        }  # fmt: skip
        try:
            munge = [f"--{name.replace('_', '-')}={folder}/munge/{name}" for name in _MUNGE]
            self.run("munged", "--force", f"--key-file={key}", *munge)
            self.run("slurmctld")
            self.run("slurmd")
            until = time.monotonic() + PATIENCE
            while "idle" not in self.run("sinfo", "--noheader", "--format=%t"):
                assert time.monotonic() < until, (folder / "slurmctld.log").read_text()
                time.sleep(0.2)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(subprocess.CalledProcessError):
            self.run("scancel", "--user=root", "--signal=KILL", "--full")
        for file in ("slurmd.pid", "slurmctld.pid", "munge/pid_file"):
            _end(self.folder / file)
        self._temporary.cleanup()

    def run(self, *command: str, **options: object) -> str:
        """What a command prints; raises CalledProcessError where it fails."""
        return subprocess.run(
            command, env=self.environment, check=True, text=True, stdout=subprocess.PIPE,
            timeout=300, **options,
        ).stdout  # fmt: skip


_MUNGE = ("socket", "pid_file", "log_file", "seed_file")


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _end(file: Path) -> None:
    """The process whose number is in the file, and waits until it has gone."""
    try:
        pid = int(file.read_text())
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.05)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        pass


if __name__ == "__main__":
    with Slurm() as slurm:
        sys.exit(subprocess.run(sys.argv[1:], env=slurm.environment).returncode)
