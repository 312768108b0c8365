//! Holds the layers apart, and the few rules that the compiler does not know.
//!
//! Reads the sources as text: comments and string literals are blanked first,
//! then every path (`a::b`) counts, whether it stands in a `use` or not. Needs
//! nothing but the standard library, so that `build-aux/dev check` can compile
//! it alone.

#![allow(clippy::expect_used)]

#[allow(dead_code)]
mod sources;

use sources::{blank, is_word, sources};

/// A layer's folder with what its code must not name.
struct Layer {
    folder: &'static str,
    /// First parts of paths that are other crates.
    crates: &'static [&'static str],
    /// Paths inside this crate.
    inner: &'static [&'static str],
}

const GTK: &[&str] = &["gtk", "gdk", "gsk", "glib", "gio", "pango", "graphene"];

const LAYERS: &[Layer] = &[
    Layer {
        folder: "src/model",
        crates: &[
            "adw",
            "cairo",
            "gettextrs",
            "gvnc",
            "libsecret",
            "relm4",
            "sourceview5",
            "spice_client_glib",
            "tokio",
            "tokio_util",
            "tracing",
            "virt",
            "virt_sys",
            "vte4",
        ],
        inner: &["backend", "console", "ui", "i18n"],
    },
    Layer {
        folder: "src/backend",
        crates: &[
            "adw",
            "cairo",
            "gettextrs",
            "gvnc",
            "libsecret",
            "relm4",
            "sourceview5",
            "spice_client_glib",
            "vte4",
        ],
        inner: &["console", "ui", "i18n"],
    },
    Layer {
        folder: "src/console",
        crates: &["adw", "libsecret", "sourceview5", "virt", "virt_sys"],
        inner: &[
            "ui",
            "relm4::adw",
            "relm4::Component",
            "relm4::component",
            "relm4::factory",
            "backend::auth",
            "backend::connection",
            "backend::jobs",
            "backend::ops",
            "backend::sys",
        ],
    },
    Layer {
        folder: "src/ui",
        crates: &["virt", "virt_sys", "gvnc", "spice_client_glib"],
        inner: &[
            "backend::auth",
            "backend::connection",
            "backend::jobs",
            "backend::ops",
            "backend::sys",
        ],
    },
];

/// The layers that GTK may not reach.
const WITHOUT_GTK: &[&str] = &["src/model", "src/backend"];

/// Where `unsafe` may stand: libvirt's C functions, and the console's foreign calls.
const UNSAFE_ALLOWED: &[&str] = &["src/backend/sys/", "src/console/"];

/// Longest file, in lines.
const LONGEST: usize = 500;

#[test]
fn each_layer_uses_only_what_lies_below_it() {
    let mut breaches = Vec::new();
    for source in sources() {
        for layer in LAYERS.iter().filter(|layer| source.is_in(layer.folder)) {
            breaches.extend(layer_breaches(layer, &source.name, &source.code));
        }
    }
    assert_none(&breaches);
}

#[test]
fn unsafe_code_stays_where_it_is_allowed_and_says_why_it_is_sound() {
    let mut breaches = Vec::new();
    for source in sources() {
        let allowed = UNSAFE_ALLOWED.iter().any(|folder| source.name.starts_with(folder));
        for (number, _) in lines_with_word(&source.code, "unsafe") {
            if !allowed {
                breaches
                    .push(format!("{}:{number}: unsafe outside {UNSAFE_ALLOWED:?}", source.name));
            } else if needs_reason(&source.code, number) && !says_safety(&source.text, number) {
                breaches.push(format!("{}:{number}: unsafe without a `// SAFETY:`", source.name));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn nothing_is_left_open_and_nothing_panics_on_purpose() {
    let mut breaches = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let program = without_tests(&source.code);
        for found in ["todo!", "unimplemented!", ".unwrap()", ".expect(", "dbg!"] {
            for (number, line) in program.lines().enumerate() {
                if line.contains(found) {
                    breaches.push(format!("{}:{}: {found}", source.name, number + 1));
                }
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source.text.lines().count(), &source.name))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, name)| format!("{name}: {lines} lines, at most {LONGEST}"))
        .collect();
    assert_none(&long);
}

#[test]
fn a_breach_is_found_in_every_form() {
    let ui = LAYERS.iter().find(|layer| layer.folder == "src/ui").expect("the layer");
    let model = LAYERS.iter().find(|layer| layer.folder == "src/model").expect("the layer");
    let found = |layer, code: &str| layer_breaches(layer, "x.rs", &blank(code)).len();
    assert_eq!(found(ui, "use virt::connect::Connect;"), 1);
    assert_eq!(found(ui, "use crate::backend::sys::Guard;"), 1);
    assert_eq!(found(ui, "use crate::{\n    backend::{sys, Backend},\n    model,\n};"), 1);
    assert_eq!(found(ui, "fn a() { let _ = virt::error::Error::last(); }"), 1);
    assert_eq!(found(ui, "use crate::model::virt_type;\n// use virt::a;\nlet s = \"virt::a\";"), 0);
    assert_eq!(found(ui, "use super::super::backend::sys::Guard;"), 1);
    assert_eq!(found(model, "use relm4::gtk;"), 2);
    assert_eq!(found(model, "use gtk::glib;"), 1);
    assert_eq!(found(model, "use gettextrs::gettext;"), 1);
    assert_eq!(found(model, "use crate::i18n::gettext_f;"), 1);
    assert_eq!(found(model, "use crate::model::ui_scale::A;"), 0);
}

#[test]
fn tests_comments_and_literals_are_no_code() {
    let code = blank(concat!(
        "let a = \"x.unwrap()\"; // .unwrap()\n/* unsafe */ let r = r#\"unsafe \"q\" \"#;\n",
        "let c = '\"'; let l: &'a str = s;\n#[cfg(test)]\nmod tests { fn f() { x.unwrap() } }\nlet z = 1;",
    ));
    assert!(!code.contains("unsafe"), "{code}");
    let program = without_tests(&code);
    assert!(!program.contains("unwrap"), "{program}");
    assert!(program.contains("let z = 1;") && program.contains("&'a str"), "{program}");
    assert_eq!(program.lines().count(), code.lines().count());
}

fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

fn layer_breaches(layer: &Layer, name: &str, code: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for (number, path) in paths(code) {
        let parts: Vec<&str> = path.split("::").collect();
        let inside = parts
            .iter()
            .position(|part| !matches!(*part, "crate" | "super" | "self" | "posada"))
            .unwrap_or(parts.len());
        let (inner, rest) = (inside > 0, parts[inside..].join("::"));
        let first = parts[inside..].first().copied().unwrap_or_default();
        let gtk = GTK.contains(&first) && WITHOUT_GTK.contains(&layer.folder);
        let outer = !inner && (gtk || layer.crates.contains(&first));
        let own = layer.inner.iter().any(|path| {
            let below =
                rest.strip_prefix(path).is_some_and(|r| r.is_empty() || r.starts_with("::"));
            below && (inner || path.contains("::"))
        });
        if outer || own {
            breaches.push(format!("{name}:{number}: {} may not use {path}", layer.folder));
        }
    }
    // A second name for GTK.
    if WITHOUT_GTK.contains(&layer.folder) {
        for (number, path) in paths(code) {
            if path.split("::").skip(1).any(|part| part == "gtk" || part == "adw") {
                breaches.push(format!("{name}:{number}: {} may not use {path}", layer.folder));
            }
        }
    }
    breaches
}

/// Every path in the code with its line; a `use` with braces gives one path for
/// each of its leaves.
fn paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut number, mut prefix) = (1, Vec::<String>::new());
    let mut path = String::new();
    let mut in_use = false;
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        if is_word(c) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            rest = &rest[end..];
            if word == "use" && path.is_empty() {
                in_use = true;
            } else if path.is_empty() || path.ends_with("::") {
                path.push_str(word);
            } else {
                word.clone_into(&mut path);
            }
            if rest.starts_with("::") {
                path.push_str("::");
                rest = &rest[2..];
            } else if word != "use" && word != "as" {
                let whole = prefix.concat() + &path;
                if in_use || whole.contains("::") {
                    found.push((number, whole));
                }
                path.clear();
            }
            continue;
        }
        match c {
            '\n' => number += 1,
            '{' if in_use => prefix.push(std::mem::take(&mut path)),
            '}' if in_use => drop(prefix.pop()),
            '*' if path.ends_with("::") => found.push((number, prefix.concat() + &path)),
            ';' => {
                in_use = false;
                prefix.clear();
            }
            _ => {}
        }
        if !c.is_whitespace() {
            path.clear();
        }
        rest = &rest[c.len_utf8()..];
    }
    found
}

fn lines_with_word<'a>(code: &'a str, word: &str) -> Vec<(usize, &'a str)> {
    let has = |line: &str| line.split(|c| !is_word(c)).any(|part| part == word);
    (1..).zip(code.lines()).filter(|(_, line)| has(line)).collect()
}

/// Whether the `unsafe` on this line is a block or an `impl`: the rest (function
/// declarations and types) only passes the duty on.
fn needs_reason(code: &str, number: usize) -> bool {
    let line = code.lines().nth(number - 1).unwrap_or_default();
    let after = line.split("unsafe").nth(1).unwrap_or_default().trim_start();
    after.is_empty() || after.starts_with('{') || after.starts_with("impl")
}

/// Whether `SAFETY:` stands on the line or in the lines just above it.
fn says_safety(text: &str, number: usize) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let first = number.saturating_sub(12);
    lines[first..number].iter().any(|line| line.contains("SAFETY:"))
}

/// The code without what is compiled for tests only, line for line.
fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    while let Some(start) = kept.find("#[cfg(test)]") {
        let mut depth = 0;
        let end = kept[start..].char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            ((c == '}' || c == ';') && depth == 0).then_some(start + at + 1)
        });
        let end = end.unwrap_or(kept.len());
        let blank: String =
            kept[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        kept.replace_range(start..end, &blank);
    }
    kept
}
