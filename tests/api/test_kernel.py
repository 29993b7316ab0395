"""Training in the kernel of a notebook, which has threads of its own: without forking, and Ctrl-C.

`make notebooks` has what this needs.
"""

import json
import time

import pytest

from tests.cli.commands import DATA

pytestmark = pytest.mark.notebook

SECONDS = 120
"""For what takes one or two."""
SETUP = """
import os, warnings
import cnncli
warnings.simplefilter("ignore")

def refuse():
    raise AssertionError("a kernel has threads: forking it is not safe")

os.fork = refuse
network = cnncli.Network({
    "data": {"name": "digits", "root": %r, "limit": 256, "validation": 64},
    "architecture": "INPUT-CONV3-4-BN-RELU-POOL-FC",
    "train": {"batch_size": 32, "threads": 2},
})
"""


class Kernel:
    """A running kernel, which is asked as a notebook asks it."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def start(self, code):
        """Sends a cell, and does not wait for it."""
        return self.client.execute(code, store_history=False)

    def reply(self, message):
        """The answer to a cell: its status, and what it raised."""
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            found = self.client.get_shell_msg(timeout=SECONDS)
            if found["parent_header"].get("msg_id") == message:
                return found["content"]
        raise TimeoutError

    def value(self, expression):
        """What an expression gives, by way of JSON."""
        message = self.client.execute(
            "", user_expressions={"it": f"__import__('json').dumps({expression})"}
        )
        found = self.reply(message)["user_expressions"]["it"]
        assert found["status"] == "ok", found
        return json.loads(found["data"]["text/plain"].strip("'"))

    def run(self, code):
        found = self.reply(self.start(code))
        assert found["status"] == "ok", found["traceback"]


@pytest.fixture
def kernel(tmp_path):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(startup_timeout=SECONDS, cwd=str(tmp_path))
    try:
        kernel = Kernel(manager, client)
        kernel.run(SETUP % str(DATA))
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_training_uses_threads_there(kernel, tmp_path):
    assert kernel.value("__import__('threading').active_count()") > 1
    kernel.run("run = network.train(out='run', epochs=2)")
    assert kernel.value("run.step") == 16
    assert kernel.value("run.history['epoch']") == [1, 2]
    assert (tmp_path / "run" / "last.safetensors").exists()


def test_an_interrupted_cell_keeps_the_run(kernel, tmp_path):
    """Ctrl-C, or the square in the toolbar: what was learned is saved, and resume goes on."""
    cell = kernel.start("network.train(out='run', epochs=100_000)")
    metrics = tmp_path / "run" / "metrics.jsonl"
    limit = time.monotonic() + SECONDS
    while not (metrics.exists() and len(metrics.read_text().splitlines()) >= 3):
        assert time.monotonic() < limit
        time.sleep(0.05)
    kernel.manager.interrupt_kernel()
    ended = kernel.reply(cell)
    assert (ended["status"], ended["ename"]) == ("error", "Interrupted")
    assert (tmp_path / "run" / "last.safetensors").exists()
    kernel.run("step = cnncli.Run('run/last.safetensors').step")
    step = kernel.value("step")
    assert step >= 16
    kernel.run("run = network.train(out='run', epochs=100_000, resume=True, max_steps=step + 6)")
    assert kernel.value("cnncli.Run('run/last.safetensors').step") == step + 6
    # the kernel's own Ctrl-C is as it was
    cell = kernel.start("while True: pass")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    assert kernel.reply(cell)["ename"] == "KeyboardInterrupt"
