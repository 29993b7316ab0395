"""docs/scaling.md: its files for Kubernetes and SLURM are valid, and its commands understood."""

import re
import subprocess

import pytest
import yaml

from tests.docs.test_pages import blocks
from tests.docs.transcripts import ROOT, understood

PAGE = (ROOT / "docs" / "scaling.md").read_text()
SCRIPTS = blocks(PAGE, "sh")


def test_the_job_for_kubernetes():
    """What its API asks of such a Job: names that agree, a restart policy, a budget of failures."""
    (block,) = blocks(PAGE, "yaml")
    claim, job = yaml.safe_load_all(block)
    assert (claim["apiVersion"], claim["kind"]) == ("v1", "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert re.fullmatch(r"\d+Gi", claim["spec"]["resources"]["requests"]["storage"])
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    spec = job["spec"]
    assert spec["completions"] == spec["parallelism"]
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] in ("Never", "OnFailure")
    (volume,) = pod["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    assert mount["name"] == volume["name"]
    assert all(word.startswith(mount["mountPath"]) for word in container["command"] if "/" in word)
    assert all(isinstance(word, str) for word in container["command"])
    assert all(isinstance(most, str) for most in container["resources"]["limits"].values())


@pytest.mark.parametrize("script", SCRIPTS, ids=range(len(SCRIPTS)))
def test_scripts_are_for_a_shell(script):
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


COMMANDS = re.findall(r"^(?:srun|mpirun) .*?\bcnn (.+?)(?: \$resume)?$", "".join(SCRIPTS), re.M)


@pytest.mark.parametrize("command", [one for one in COMMANDS if not one.startswith("sweep ")])
def test_commands_behind_a_launcher_are_understood(command):
    understood(command)
