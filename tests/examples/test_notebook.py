"""The example notebook runs, in a kernel of its own, and so do cells that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

EXAMPLES = Path(__file__).parents[2] / "examples"

# What may take long on a busy machine.  Output that came later would be lost.
PATIENCE: dict[str, Any] = dict.fromkeys(("timeout", "startup_timeout", "iopub_timeout"), 300)

# What stands below the notebook's own cells.
MORE = {
    "marked": "# tfimp: eager\nif weights[0] > 0: print('positive')\n'_tfi' + 'mp_' in globals()",
    "failing": "# tfimp: eager\nif weights[0] > 0:\n    tf.matmul(weights, weights)",
    "misspelt": "# tfimp: eagre\nprint('ran')",
}


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The cells as they were run: the notebook's by their first line, then those above."""
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "kept without outputs"
    own = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells += [new_code_cell(source) for source in MORE.values()]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patched.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        client = NotebookClient(notebook, allow_errors=True, **PATIENCE)
        client.execute(cwd=str(EXAMPLES))
    return {
        **{f"own {number}": cell for number, cell in enumerate(own)},
        **dict(zip(MORE, notebook.cells[-len(MORE) :], strict=True)),
    }


def shown(cell: Any, kind: str) -> str:
    """What a cell has printed (`stdout`), shown as its value (`value`), or raised (`error`)."""
    texts = []
    for output in cell.outputs:
        if kind == "value" and output.output_type == "execute_result":
            texts.append(output.data["text/plain"])
        elif kind == "error" and output.output_type == "error":
            texts.append("\n".join(output.traceback))
        elif output.output_type == "stream" and output.name == kind:
            texts.append(output.text)
    return "".join(texts)


def test_the_notebook_runs_and_learns(cells: dict[str, Any]) -> None:
    own = [cell for name, cell in cells.items() if name.startswith("own")]
    assert not any(shown(cell, "error") for cell in own)
    assert shown(own[1], "value").endswith("dtype=float32)")
    lines = shown(own[2], "stdout").splitlines()
    losses = [float(line.split()[-1]) for line in lines]
    assert len(losses) >= 3 and losses == sorted(losses, reverse=True)
    assert "-1." in shown(own[2], "value") and "3.0" in shown(own[2], "value")
    assert "True" in shown(own[3], "stdout") and "Wall time" in shown(own[3], "stdout")
    assert "plans_run" in shown(own[4], "value")


def test_marked_cells_are_rewritten_in_a_kernel(cells: dict[str, Any]) -> None:
    assert shown(cells["marked"], "stdout") == "positive\n"
    assert shown(cells["marked"], "value") == "True"


def test_an_error_shows_the_lines_of_the_cell(cells: dict[str, Any]) -> None:
    error = shown(cells["failing"], "error")
    assert "InvalidArgumentError" in error and "weights" in error
    assert "/tfimp/" not in error


def test_a_misspelt_directive_is_refused_in_a_kernel(cells: dict[str, Any]) -> None:
    assert "did you mean `# tfimp: eager`?" in shown(cells["misspelt"], "error")
    assert shown(cells["misspelt"], "stdout") == ""
