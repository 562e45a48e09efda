"""Hub ids, against a server of our own on the loopback that answers as the hub does."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hub_server import COMMIT, OLDER, TOKEN, Hub, Repository, etag, settings_of
from safetensors.torch import load_file

from workbench.checkpoints import Checkpoint, describe, hub, load_checkpoint, locate, title, validation
from workbench.errors import Cancelled, CheckpointError, UnsafeCheckpointError
from workbench.pipeline import classify

SMALL = {"config.json", "tokenizer.json", "tokenizer_config.json", "README.md"}


@pytest.fixture
def model(tiny_folder: Path, tmp_path: Path) -> Path:
    """As repositories are: with a pickle, code, a card, and the same again in another format."""
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    torch.save(load_file(tiny_folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "modeling_own.py").write_text("raise SystemExit('ran')")
    (folder / "README.md").write_text("---\nlicense: mit\n---\ncard")
    (folder / "onnx").mkdir()
    shutil.copy(tiny_folder / "model.safetensors", folder / "onnx" / "model.safetensors")
    return folder


@pytest.fixture
def served(hub_here: Hub, model: Path) -> Hub:
    hub_here.repositories["owner/name"] = Repository(model)
    return hub_here


def refusal(name: str = "owner/name", **settings: Any) -> str:
    with pytest.raises(CheckpointError) as caught:
        locate(name, **settings)
    line = str(caught.value)
    assert "\n" not in line
    assert "; " in line
    return line


def test_only_the_safe_files_at_the_top_are_fetched(served: Hub, tiny: Checkpoint) -> None:
    found = load_checkpoint("owner/name", device="cpu")
    assert sorted(served.fetched()) == sorted({*SMALL, "model.safetensors"})
    assert (found.name, found.revision, found.fingerprint) == ("owner/name", COMMIT, tiny.fingerprint)
    assert classify(found, "the food was good").logits == pytest.approx(classify(tiny, "the food was good").logits)
    assert found.info.revision == COMMIT
    assert classify(found, "good").checkpoint.model_dump(mode="json")["revision"] == COMMIT


def test_progress_counts_bytes_up_to_all_of_them(served: Hub, model: Path) -> None:
    seen: list[tuple[int, int]] = []
    locate("owner/name", progress=lambda done, total: seen.append((done, total)))
    whole = sum((model / name).stat().st_size for name in {*SMALL, "model.safetensors"})
    assert {total for _, total in seen} == {whole}
    counts = [done for done, _ in seen]
    assert counts == sorted(counts)
    assert counts[-1] == whole
    assert len(set(counts)) > 5


def test_the_second_time_nothing_is_fetched_and_without_the_hub_it_is_found(served: Hub) -> None:
    first = locate("owner/name")
    served.log.clear()
    assert locate("owner/name") == first
    assert served.fetched() == []
    served.down = True
    assert locate("owner/name") == first
    served.log.clear()
    assert locate(first.pinned) == first
    assert served.log == []


def test_a_revision_is_pinned(served: Hub, model: Path, tiny: Checkpoint, make_checkpoint: Callable[..., Path]) -> None:
    served.repositories["owner/name"].older = make_checkpoint(seed=7)
    for revision in ("v1", OLDER):
        found = load_checkpoint(f"owner/name@{revision}", device="cpu")
        assert found.revision == OLDER
        assert found.fingerprint != tiny.fingerprint
    assert describe("owner/name")["revision"] == COMMIT
    assert locate("owner/name@v1").pinned == f"owner/name@{OLDER}"
    assert describe("owner/name")["licence"] == "mit"


def test_a_cut_connection_is_taken_up_within_one_try(served: Hub, model: Path) -> None:
    served.cuts = [20_000]
    folder = locate("owner/name").folder
    first, second = served.ranges()
    assert first is None
    assert re.fullmatch(r"bytes=\d+-", second or "")
    assert 0 < int(second[6:-1]) <= 20_000  # type: ignore[index]
    assert etag(folder / "model.safetensors") == etag(model / "model.safetensors")


def test_a_try_that_failed_is_taken_up_by_the_next(served: Hub, model: Path) -> None:
    served.cuts, served.breaks = [20_000], True
    line = refusal()
    assert re.search(r"stopped after 0\.\d of 0\.\d MB; start it again and it goes on from there", line)
    served.down_for_weights = False
    served.log.clear()
    seen: list[int] = []
    folder = locate("owner/name", progress=lambda done, total: seen.append(done)).folder
    (asked,) = served.ranges()
    assert re.fullmatch(r"bytes=\d+-", asked or "")
    start = int(asked[6:-1])  # type: ignore[index]
    assert 10_000 < start <= 20_000
    assert min(done for done in seen[1:]) > start
    assert etag(folder / "model.safetensors") == etag(model / "model.safetensors")
    assert not list(folder.parent.parent.rglob("*.incomplete"))


def test_what_comes_damaged_is_not_kept(served: Hub, model: Path) -> None:
    from huggingface_hub import constants

    served.cuts, served.breaks = [20_000], True
    refusal()
    served.down_for_weights = False
    (part,) = Path(constants.HF_HUB_CACHE).rglob("*.incomplete")
    part.write_bytes(b"\0" * part.stat().st_size)
    assert "was damaged on its way; download it again" in refusal()
    assert etag(locate("owner/name").folder / "model.safetensors") == etag(model / "model.safetensors")


def test_a_download_can_be_stopped_and_taken_up(served: Hub, model: Path) -> None:
    counts: list[int] = []
    weights = (model / "model.safetensors").stat().st_size
    with pytest.raises(Cancelled, match="start it again and it goes on from there"):
        locate(
            "owner/name",
            progress=lambda done, total: counts.append(total - done),
            cancelled=lambda: bool(counts) and counts[-1] < weights / 2,
        )
    served.log.clear()
    locate("owner/name")
    (asked,) = served.ranges()
    assert re.fullmatch(r"bytes=\d+-", asked or "")
    assert int(asked[6:-1]) > weights / 2 - 2048  # type: ignore[index]


def test_no_classifier_is_refused_before_its_weights_come(served: Hub, model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}))
    with pytest.raises(CheckpointError, match="is no classifier"):
        load_checkpoint("owner/name")
    assert served.ranges() == []
    assert "is no classifier" in refusal(early=validation.check_config)


def test_a_pickle_is_refused_before_anything_is_fetched(served: Hub, model: Path) -> None:
    (model / "model.safetensors").unlink()
    with pytest.raises(UnsafeCheckpointError, match=r"only as a pickle \(pytorch_model.bin\)"):
        locate("owner/name")
    assert served.fetched() == []


def test_gated_without_and_with_a_token(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    served.repositories["owner/name"].access = "gated"
    line = refusal()
    assert "owner/name is gated and you are not logged in" in line
    assert f"ask for access at {served.url}/owner/name, run hf auth login, or set HF_TOKEN" in line
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    line = refusal()
    assert "owner/name is gated and your account has no access" in line
    assert TOKEN not in line
    served.let_in = True
    assert locate("owner/name").revision == COMMIT
    assert {one.token for one in served.log if one.path.endswith(".safetensors") and one.method == "GET"} == {TOKEN}


def test_the_token_of_the_log_in_is_used(served: Hub) -> None:
    from huggingface_hub import constants

    served.repositories["owner/name"].access = "private"
    assert "the hub has no checkpoint owner/name that you may see" in refusal()
    Path(constants.HF_TOKEN_PATH).parent.mkdir(parents=True, exist_ok=True)
    Path(constants.HF_TOKEN_PATH).write_text(TOKEN)
    assert locate("owner/name").revision == COMMIT


def test_a_wrong_token_is_named_and_not_shown(
    served: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = "hf_" + "wr0ng" * 6
    monkeypatch.setenv("HF_TOKEN", wrong)
    line = refusal()
    assert line == "the hub does not accept your token; run hf auth login again, or unset HF_TOKEN"
    monkeypatch.setenv("HF_TOKEN", "hf_naïve")
    assert "the hub's token has signs that no token has" in refusal()
    seen = capfd.readouterr()
    for text in (line, caplog.text, seen.out, seen.err):
        assert wrong not in text
        assert "naïve" not in text


def test_a_token_without_the_right(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    served.repositories["owner/name"].access = "unreadable"
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert refusal().startswith("your token may not read owner/name; ")


def test_missing(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal("owner/nosuch").startswith("the hub has no checkpoint owner/nosuch that you may see; check")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert refusal("owner/nosuch").startswith("the hub has no checkpoint owner/nosuch that you may see; check")
    assert refusal("owner/name@nosuch").startswith("owner/name has no revision 'nosuch'; ")
    assert refusal(f"owner/name@{'a' * 40}").startswith("owner/name has no revision 'aaaa")


def test_down_offline_and_out_of_reach(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    served.down = True
    assert refusal().startswith("the hub is down or busy (status 503) and owner/name is not in the cache; ")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert refusal().startswith("the hub's offline mode is on and owner/name is not in the cache; unset HF_HUB_OFFLINE")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub() as closed:
        nowhere = closed.url
    monkeypatch.setattr(constants, "ENDPOINT", nowhere)
    assert refusal().startswith("the hub cannot be reached and owner/name is not in the cache; check the network")


def test_a_disk_that_is_full(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.checkpoints import fetching

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching, "_complete", full)
    assert "cannot be stored (the disk is full); make room" in refusal()


def test_an_id_that_the_hub_would_not_take(run_cli: Callable[..., Any]) -> None:
    line = run_cli("predict", "good", "--checkpoint", "owner/a--b").assert_fault(3)
    assert "is no hub id" in line


def test_names() -> None:
    assert hub.parse("owner/name") == hub.HubId("owner/name")
    assert hub.parse("owner/name@refs/pr/1") == hub.HubId("owner/name", "refs/pr/1")
    assert hub.HubId("owner/name", "c0ffee").commit is None
    for other in ("name", "/owner/name", "./owner/name", "owner/name/more", "owner/na me", "owner/name@", "o/n@../x"):
        assert hub.parse(other) is None, other
    assert title(f"owner/name@{COMMIT}") == "owner/name @ c0ffee0"
    assert title("/folder/my stars") == "my stars"
    assert title("stars") == "stars"


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "workbench", *words]


@pytest.mark.slow
def test_the_command_downloads_and_then_works_without_the_hub(hub: Hub, model: Path, tmp_path: Path) -> None:
    hub.repositories["owner/name"] = Repository(model)
    settings = settings_of(hub, tmp_path / "hub-home")
    words = command("predict", "the food was good", "--checkpoint", "owner/name", "--format", "json")
    first = subprocess.run(words, capture_output=True, text=True, env=settings, check=False, timeout=240)
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    assert json.loads(first.stdout)["checkpoint"]["revision"] == COMMIT
    hub.shutdown()
    hub.server_close()
    again = subprocess.run(words, capture_output=True, text=True, env=settings, check=False, timeout=240)
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr


@pytest.mark.slow
def test_the_command_draws_a_bar_on_a_terminal(hub: Hub, model: Path, tmp_path: Path) -> None:
    hub.repositories["owner/name"] = Repository(model)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("checkpoints", "add", "owner/name"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=settings_of(hub, tmp_path / "hub-home") | {"WORKBENCH_HOME": str(tmp_path / "home")},
    )
    os.close(theirs)
    out, _ = process.communicate(timeout=240)
    shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    assert process.returncode == 0, shown
    assert out.decode() == f"owner/name@{COMMIT}\n"
    assert re.search(r"download \[#{24}\] (0\.\d) / \1 MB", shown)
    assert "Fetching" not in shown
