"""Modules joined into one file: each form of import and export, and what is refused."""

import json
import logging
import re
from itertools import accumulate
from pathlib import Path

import pytest

from chatapp.web import assets, bundle
from support.paths import ROOT

STATIC = ROOT / "static"
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def join(**modules: str) -> dict[str, str]:
    """Join modules, each named without its folder and ending; `__` stands for a slash. The entry is `app`."""
    return bundle.join("js/app.js", {f"js/{name.replace('__', '/')}.js": code for name, code in modules.items()})


def statements(text: str) -> str:
    """Return the code without comments, on one line."""
    return " ".join(re.sub(r"^//.*$", "", text, flags=re.MULTILINE).split())


def places(source_map: str) -> list[tuple[str, int] | None]:
    """Return source and line for each line of a joined file, as a browser's tools read its map."""
    parsed = json.loads(source_map)
    steps = [numbers(line) if line else None for line in parsed["mappings"].split(";")]
    where = accumulate(steps, lambda at, step: (at[0] + step[1], at[1] + step[2]) if step else at, initial=(0, 0))
    return [
        (parsed["sources"][at[0]], at[1]) if step else None for step, at in zip(steps, list(where)[1:], strict=True)
    ]


def numbers(text: str) -> list[int]:
    """Decode a source map's segment."""
    found, shift, value = [], 0, 0
    for digit in map(DIGITS.index, text):
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            found.append(-(value >> 1) if value & 1 else value >> 1)
            shift = value = 0
    return found


FORMS = {
    "names": ('import { a, b as c } from "./x.js"', "const { a, b: c } = $x"),
    "names on several lines": ('import {\n  a,\n  b as c,\n} from "./x.js"', "const { a, b: c } = $x"),
    "the default": ('import x from "./x.js"', "const { default: x } = $x"),
    "all": ('import * as all from "./x.js"', "const all = $x"),
}


@pytest.mark.parametrize("name", FORMS)
def test_an_import_takes_from_the_other_modules_result(name: str) -> None:
    written, meant = FORMS[name]
    text = statements(join(app=f"{written}\nrun()\n", x="export const a = 1\nexport const b = 2\n")["joined/app.js"])
    assert "const $x = (() => { const a = 1 const b = 2 return { a, b } })()" in text
    assert f"const $app = (() => {{ {meant} run() return {{ }} }})()" in text


def test_each_form_of_export_is_returned() -> None:
    code = "export class A {}\nexport function b() {}\nexport async function c() {}\nexport function* d() {}\nlet e\n"
    text = statements(join(app='import { A } from "./x.js"\n', x=code)["joined/app.js"])
    assert "return { A, b, c, d }" in text
    assert "export" not in text.replace("export { $x, $app }", "")


def test_re_exports_are_returned_too() -> None:
    text = join(
        app='import { a } from "./y.js"\n',
        y='export { b as a, c } from "./x.js"\n',
        x="export const b = 1\nexport const c = 2\n",
    )
    assert "return { a: $x.b, c: $x.c }" in statements(text["joined/app.js"])


def test_modules_run_once_in_the_order_in_which_a_browser_runs_them() -> None:
    text = join(
        app='import { b } from "./b.js"\nimport { a } from "./a.js"\n',
        a='import { c } from "./deep/c.js"\nexport const a = c\n',
        b='import { c } from "./deep/c.js"\nexport const b = c\n',
        deep__c="export const c = 1\n",
    )["joined/app.js"]
    assert re.findall(r"^const (\$\w+) =", text, re.MULTILINE) == ["$deep_c", "$b", "$a", "$app"]


def test_doc_comments_are_left_out_and_line_numbers_stay() -> None:
    code = """\
/** One. */
export class A {
  /**
   * Two: see import("./gone.js").
   */
  two() {
    return /** @type {B} */ (this.b) // kept
  }
  /** Three,
   * on two lines. */
  text = "/** Kept. */"
}
"""
    files = join(app=code)
    lines = files["joined/app.js"].split("\n")
    assert not re.search(r"One|Two|Three|on two lines", files["joined/app.js"])
    kept = [line for line in code.split("\n") if "Kept" in line or "kept" in line or "two()" in line]
    found = places(files["joined/app.js.map"])
    assert [code.split("\n")[found[lines.index(line)][1]] for line in kept] == kept


def test_a_library_is_imported_as_it_is() -> None:
    text = join(app='import { html } from "../vendor/lit-1.0/lit.js"\n')["joined/app.js"]
    assert 'import * as $vendor_lit_1_0_lit from "../vendor/lit-1.0/lit.js"' in text
    assert "const { html } = $vendor_lit_1_0_lit" in text


def test_a_dynamic_import_gets_its_own_file_and_runs_no_module_twice() -> None:
    files = join(
        app='import { both } from "./both.js"\nconst load = () => import("./late/late.js")\n',
        both="export const both = {}\n",
        late__late='import { both } from "../both.js"\nimport { own } from "./own.js"\nexport class Late {}\n',
        late__own='import lib from "../../vendor/lib.mjs"\nexport const own = () => import("../../vendor/more.mjs")\n',
    )
    assert set(files) == {f"joined/{name}" for name in ("app.js", "app.js.map", "late/late.js", "late/late.js.map")}
    assert 'import("./late/late.js")' in files["joined/app.js"]
    late = files["joined/late/late.js"]
    assert 'import { $both } from "../app.js"' in late
    assert 'import * as $vendor_lib from "../../vendor/lib.mjs"' in late
    assert 'import("../../vendor/more.mjs")' in late
    assert "export const { Late } = $late_late" in late
    assert "both = {}" not in late


def test_a_module_shared_by_two_dynamic_imports_is_in_the_first_file() -> None:
    files = join(
        app='const loads = [() => import("./a.js"), () => import("./b.js")]\n',
        a='import { state } from "./state.js"\nexport const a = state\n',
        b='import { state } from "./state.js"\nexport const b = state\n',
        state="export const state = {}\n",
    )
    assert [name for name, text in files.items() if "state = {}" in text] == ["joined/app.js"]
    assert all('import { $state } from "./app.js"' in files[f"joined/{name}.js"] for name in "ab")


def test_a_module_keeps_its_own_address() -> None:
    files = join(
        app='import { at } from "./deep/x.js"\n', deep__x='export const at = new URL("w.js", import.meta.url)\n'
    )
    assert 'new URL("w.js", new URL("../js/deep/x.js", import.meta.url).href)' in files["joined/app.js"]


REFUSED = {
    "a circle": {"app": 'import { a } from "./a.js"\n', "a": 'import { b } from "./app.js"\n'},
    "a default export": {"app": "export default 1\n"},
    "a name that changes": {"app": "export let a = 1\n"},
    "names from the same module": {"app": "const a = 1\nexport { a }\n"},
    "everything of another": {"app": 'export * from "./a.js"\n', "a": ""},
    "nothing in particular": {"app": 'import "./a.js"\n', "a": ""},
    "one name for two": {"app": 'import { a } from "./b_c.js"\nimport { b } from "./b/c.js"\n', "b_c": "", "b__c": ""},
}


@pytest.mark.parametrize("name", REFUSED)
def test_unknown_syntax_is_refused(name: str) -> None:
    with pytest.raises(bundle.Unjoinable):
        join(**REFUSED[name])


def test_modules_that_cannot_be_joined_are_served_one_by_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "app.js").write_text('import a from "./a.js"\nimport("./late.js")\n')
    (tmp_path / "js" / "a.js").write_text("export default 1\n")
    (tmp_path / "js" / "late.js").write_text("")
    with caplog.at_level(logging.WARNING):
        edition = assets.Edition(tmp_path)
        assert edition.page_scripts == ["js/app.js", "js/a.js"]
    assert edition.later_scripts == ["js/late.js"]
    assert "js/a.js: export default 1" in caplog.text


def test_the_real_page_is_joined_and_its_map_leads_back_to_every_line() -> None:
    edition = assets.Edition(STATIC)
    assert edition.page_scripts[0] == "joined/app.js"
    assert not [name for name in [*edition.page_scripts, *edition.later_scripts] if name.startswith("js/")]
    for name in [name for name in edition.bundles if name.endswith(".js")]:
        lines = edition.bundles[name].text.split("\n")
        found = places(edition.bundles[f"{name}.map"].text)
        known = [(line, place) for line, place in zip(lines, found, strict=False) if place]
        assert len(known) > 0.9 * len(lines) - 10
        for line, (source, number) in known:
            original = edition.files[source.replace("../", "")].text.split("\n")[number]
            as_it_was = original.removeprefix("export ")
            assert line in {original, as_it_was, ""} or "import" in original or " from " in original, (line, original)


def test_importing_a_name_that_is_not_exported_is_refused() -> None:
    with pytest.raises(bundle.Unjoinable, match="exports no b"):
        join(app='import { b } from "./two.js"\nb()\n', two="export const a = 1, b = () => a\n")
