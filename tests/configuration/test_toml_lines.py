"""Each key is found on its line, whatever else the document holds."""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import windows

from hub.operations.configuration.toml_files import folders, read_toml
from hub.operations.configuration.toml_lines import lines_of
from hub.operations.configuration.wrong import WrongSettings

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
VALUES = st.one_of(
    st.integers(-100, 100).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    TEXTS.filter(lambda text: "'" not in text).map(lambda text: f"'{text}'"),
    TEXTS.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    TEXTS.filter(lambda text: "'" not in text).map(lambda text: f"'''\n[no]\n{text}\nx = 1'''"),
    st.just('"""\n[table]\nkey = \\"""1\n"""'),
    st.just("[\n  1, # ]\n  2,\n]"),
    st.just("{ a = 1, 'b' = [\n{ c = '}' }] }"),
    st.just("1979-05-27T07:32:00Z  # = [x]"),
)
QUOTED = st.sampled_from(["plain", '"with space"', "'a.b'", '"t\\u00e9"', "dotted.key"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[tuple[str, ...], int]]:
    """A document, and the line of each key in it."""
    text, lines = "", {}
    for table in draw(st.lists(st.sampled_from(["", "one", "one.two", "three"]), unique=True)):
        if table:
            text += f"\n# [not.this]\n[{table}] # nor = this\n"
        elif text:
            continue
        for number, key in enumerate(draw(st.lists(QUOTED, max_size=4, unique=True))):
            value = draw(VALUES)
            path = tuple(tomllib.loads(f"{key} = 1"))
            at = (*(table.split(".") if table else ()), *path)
            if at not in lines:
                lines[at] = text.count("\n") + 1
                text += f"{key} = {value}\n" + "\n" * (number % 2)
    return text, lines


@given(documents())
def test_each_key_is_found_on_its_line(made: tuple[str, dict[tuple[str, ...], int]]) -> None:
    text, lines = made
    tomllib.loads(text)
    found = lines_of(text)
    assert {path: found.get(path) for path in lines} == lines
    assert found == lines_of(text.replace("\n", "\r\n"))


def test_tables_arrays_of_tables_and_dotted_keys() -> None:
    text = dedent("""\
        a.b.c = 1
        [[list]]
        x = 1
        [[list]]
        x = 2
        [ "odd name" . inner ]
        y = '''
        [z]
        '''
        """)
    assert lines_of(text) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("a", "b", "c"): 1,
        ("list",): 2,
        ("list", "x"): 3,
        ("odd name",): 6,
        ("odd name", "inner"): 6,
        ("odd name", "inner", "y"): 7,
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = 1\nb =\n", "hub.toml line 2: is not TOML: invalid value"),
        (b"a = 1\na = 2\n", "hub.toml line 2: is not TOML: cannot overwrite a value"),
        (b"a = [1,\n", "hub.toml: is not TOML: "),
        (b"a = 1\nb = '\xff'\n", "hub.toml line 2: is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "hub.toml").write_bytes(content)
    with pytest.raises(WrongSettings) as caught:
        read_toml(tmp_path / "hub.toml", tmp_path)
    assert str(caught.value).startswith(f"wrong setting: {sentence}")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no.toml", "no such file"), (tmp_path, "is a directory")):
        with pytest.raises(WrongSettings, match=reason):
            read_toml(path, tmp_path.parent)


def test_files_are_looked_for_in_the_folders_of_the_system_the_user_and_here(
    tmp_path: Path,
) -> None:
    environment: dict[str, Any] = {"HOME": "/home/ann", "XDG_CONFIG_DIRS": "/strong:/weak"}
    found = [str(folder) for folder in folders(environment, tmp_path)]
    assert found == ["/etc/hub", "/weak/hub", "/strong/hub", "/home/ann/.config/hub", str(tmp_path)]
    environment["XDG_CONFIG_HOME"] = "/own"
    assert str(folders(environment, tmp_path)[-2]) == "/own/hub"


def test_macos_keeps_them_where_its_programs_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/Users/ann")
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)
    found = [str(folder) for folder in folders({}, tmp_path, platform="darwin")]
    system, user = "/Library/Application Support/hub", "/Users/ann/Library/Application Support/hub"
    assert [found[0], found[-1]] == ["/etc/hub", str(tmp_path)]
    assert [folder for folder in found if "Library" in folder] == [system, user]


def test_windows_keeps_them_where_its_programs_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Elsewhere there is no Windows to ask: its variables say the same.
    monkeypatch.setattr(windows, "get_win_folder", windows.get_win_folder_from_env_vars)
    monkeypatch.setenv("ALLUSERSPROFILE", "/ProgramData")
    monkeypatch.setenv("APPDATA", "/Users/ann/AppData/Roaming")
    found = [str(folder) for folder in folders({}, tmp_path, platform="win32")]
    assert found == [
        "/etc/hub",
        "/ProgramData/hub",
        "/Users/ann/AppData/Roaming/hub",
        str(tmp_path),
    ]
