//! Every text of the interface can be translated, and the languages in
//! `po/LINGUAS` are complete.

#![allow(clippy::expect_used)]

#[allow(dead_code)]
mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

use sources::{is_word, sources};

/// The functions that take a text, as `xgettext` must know them.
const FUNCTIONS: &[&str] = &["gettext", "gettext_f", "ngettext", "ngettext_f", "pgettext"];

/// A text in a source file: where the call stands, and the first literal, or
/// none if the argument is not one.
struct Call {
    place: String,
    literal: Option<String>,
}

#[test]
fn potfiles_lists_the_files_with_texts_in_order() {
    let listed: Vec<String> = lines_of("po/POTFILES.in");
    let mut wanted: Vec<String> = sources()
        .iter()
        .filter(|source| !calls(&source.name, &source.text, &source.code).is_empty())
        .map(|source| source.name.clone())
        .collect();
    wanted.extend(
        ["desktop.in", "metainfo.xml.in"]
            .map(|end| format!("data/io.github.posada_vm.Posada.{end}")),
    );
    wanted.sort();
    assert_eq!(listed, wanted, "run build-aux/update-po");
}

#[test]
fn every_text_reaches_the_translators() {
    let template = template();
    let mut lost = Vec::new();
    for source in sources() {
        for call in calls(&source.name, &source.text, &source.code) {
            match call.literal {
                None => lost.push(format!("{}: not a literal on one line", call.place)),
                Some(text) if text.contains("\\u{") || text.contains("\\\n") => {
                    lost.push(format!("{}: use the real characters, on one line", call.place));
                }
                Some(text) if !template.contains_key(&text) => {
                    lost.push(format!("{}: xgettext does not find “{text}”", call.place));
                }
                Some(_) => {}
            }
        }
    }
    assert!(lost.is_empty(), "\n{}", lost.join("\n"));
}

#[test]
fn every_language_is_complete() {
    let template = template();
    let mut wrong = Vec::new();
    for language in lines_of("po/LINGUAS") {
        let file = project().join(format!("po/{language}.po"));
        check(Command::new("msgfmt").args(["--check", "--output-file=/dev/null"]).arg(&file));
        let catalogue = parse(&fs::read_to_string(&file).expect("the catalogue can be read"));
        for (text, message) in &template {
            match catalogue.get(text) {
                None => {
                    wrong.push(format!("{language}: missing “{text}”; run build-aux/update-po"));
                }
                Some(own) if own.fuzzy => wrong.push(format!("{language}: fuzzy “{text}”")),
                Some(own)
                    if own.translations.iter().any(String::is_empty)
                        || own.translations.is_empty() =>
                {
                    wrong.push(format!("{language}: untranslated “{text}”"));
                }
                Some(own) => wrong.extend(wrong_places(&language, text, message, own)),
            }
        }
        for text in catalogue.keys().filter(|text| !template.contains_key(*text)) {
            wrong.push(format!("{language}: no longer used “{text}”; run build-aux/update-po"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn calls_are_found_as_the_compiler_reads_them() {
    let text = r#"
        fn gettext(text: &str) {}
        // gettext("comment")
        let a = gettext("One \"two\"");
        let b = ngettext_f(
            // Translators: a "note"
            "{n} guest",
            "{n} guests",
            n,
            &[],
        );
        let c = gettextrs::gettext(name);
        let d = pgettext("a value", "Off");
        use gettextrs::{gettext, ngettext};
    "#;
    let found = calls("a.rs", text, &sources::blank(text));
    let literals: Vec<_> = found.iter().map(|call| call.literal.as_deref()).collect();
    assert_eq!(literals, [Some("One \\\"two\\\""), Some("{n} guest"), None, Some("Off")]);
}

/// The `{places}` of a translation are those of the original.
fn wrong_places(language: &str, text: &str, message: &Message, own: &Message) -> Vec<String> {
    let mut allowed = places(text);
    allowed.extend(places(&message.plural));
    let wrong =
        own.translations.iter().filter(|translation| !places(translation).is_subset(&allowed));
    let mut found: Vec<String> = wrong
        .map(|translation| format!("{language}: “{translation}” has other places than “{text}”"))
        .collect();
    if message.plural.is_empty()
        && own.translations.iter().any(|own| places(own) != allowed)
        && found.is_empty()
    {
        found.push(format!("{language}: the translation of “{text}” loses a place"));
    }
    found
}

fn places(text: &str) -> BTreeSet<&str> {
    let parts = text.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn lines_of(file: &str) -> Vec<String> {
    let text = fs::read_to_string(project().join(file)).expect("a list can be read");
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Every call of a translating function, from the blanked code; the literal
/// comes from the text at the same place.
fn calls(name: &str, text: &str, code: &str) -> Vec<Call> {
    let (text, code): (Vec<char>, Vec<char>) = (text.chars().collect(), code.chars().collect());
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let end = at + code[at..].iter().take_while(|c| is_word(**c)).count();
        if end == at {
            at += 1;
            continue;
        }
        let word: String = code[at..end].iter().collect();
        let declared = code[..at].ends_with(&['f', 'n', ' ']);
        if FUNCTIONS.contains(&word.as_str())
            && code.get(end) == Some(&'(')
            && !declared
            && name != "src/i18n.rs"
        {
            let line = 1 + text[..at].iter().filter(|c| **c == '\n').count();
            // What it is about comes before the text itself.
            let about = code[end..].iter().position(|c| *c == ',').filter(|_| word == "pgettext");
            let literal = literal(&text[end + about.unwrap_or(0) + 1..]);
            found.push(Call { place: format!("{name}:{line}"), literal });
        }
        at = end;
    }
    found
}

/// The inside of the literal that the text begins with, as written.
fn literal(text: &[char]) -> Option<String> {
    let mut start = text.iter().position(|c| !c.is_whitespace())?;
    while text[start..].starts_with(&['/', '/']) {
        start += text[start..].iter().position(|c| *c == '\n')?;
        start += text[start..].iter().position(|c| !c.is_whitespace())?;
    }
    if text[start] != '"' {
        return None;
    }
    let mut end = start + 1;
    while *text.get(end)? != '"' {
        end += if text[end] == '\\' { 2 } else { 1 };
    }
    Some(text[start + 1..end].iter().collect())
}

/// A message of a catalogue.
#[derive(Default)]
struct Message {
    plural: String,
    translations: Vec<String>,
    fuzzy: bool,
}

/// What `build-aux/update-po` gives to translators, by the text as written.
fn template() -> BTreeMap<String, Message> {
    let file = env::temp_dir().join(format!("posada-{}.pot", process::id()));
    let file = file
        .with_extension(format!("{:?}.pot", std::thread::current().id()).replace(['(', ')'], ""));
    check(Command::new(project().join("build-aux/update-po")).arg("--template").arg(&file));
    let text = fs::read_to_string(&file).expect("the template can be read");
    fs::remove_file(&file).expect("the template can be removed");
    parse(&text)
}

fn check(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The messages of a catalogue, without its header and what is out of use.
fn parse(catalogue: &str) -> BTreeMap<String, Message> {
    let mut messages = BTreeMap::new();
    for block in catalogue.split("\n\n") {
        let (mut key, mut message) = (String::new(), Message::default());
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in block.lines().filter(|line| !line.starts_with("#~")) {
            if line.starts_with("#,") && line.contains("fuzzy") {
                message.fuzzy = true;
            } else if let (Some(first), Some(last)) = (line.find('"'), line.rfind('"')) {
                if line.starts_with('#') {
                    continue;
                }
                if first > 0 {
                    fields.push((line[..first].trim().to_owned(), String::new()));
                }
                if let Some((_, value)) = fields.last_mut() {
                    value.push_str(&line[first + 1..last]);
                }
            }
        }
        for (name, value) in fields {
            match name.as_str() {
                "msgid" => key = value,
                "msgid_plural" => message.plural = value,
                name if name.starts_with("msgstr") => message.translations.push(value),
                _ => {}
            }
        }
        if !key.is_empty() {
            messages.insert(key, message);
        }
    }
    messages
}

/// Kept so that a change of the folder shows at once.
#[test]
fn the_languages_have_catalogues() {
    for language in lines_of("po/LINGUAS") {
        assert!(
            Path::new(&project().join(format!("po/{language}.po"))).is_file(),
            "po/{language}.po"
        );
    }
}
