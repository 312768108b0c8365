//! Whether a definition follows libvirt's schema, as far as it is installed on
//! this computer.
//!
//! The schema is libvirt's own, the checker libxml2's `xmllint`. The definition
//! may hold passwords: it goes through a pipe, never through an argument.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Some definitions make the checker try more ways than anybody waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nobody reads more than this of what is wrong.
const LONGEST: u64 = 64 << 10;

/// What speaks against a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The line, from 1.
    pub line: usize,
    /// The checker's words, in English.
    pub text: String,
}

/// The first breach of libvirt's schema in a guest's definition; nothing if
/// there is none or it cannot be told here. Blocks for as long as it takes.
#[must_use]
pub fn check_schema(xml: &str) -> Option<SchemaProblem> {
    let said = run(&schema()?, xml)?;
    said.lines().find_map(problem)
}

/// Where libvirt installs the schema of guests.
fn schema() -> Option<PathBuf> {
    let folders = std::env::var_os("XDG_DATA_DIRS").filter(|folders| !folders.is_empty());
    let folders = folders.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    std::env::split_paths(&folders)
        .map(|folder| folder.join("libvirt/schemas/domain.rng"))
        .find(|file| file.is_absolute() && file.is_file())
}

fn run(schema: &Path, xml: &str) -> Option<String> {
    let mut child = Command::new("xmllint")
        .args(["--noout", "--nonet", "--relaxng"])
        .arg(schema)
        .arg("-")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let (mut input, output) = (child.stdin.take()?, child.stderr.take()?);
    let (said, hears) = mpsc::channel();
    let text = thread::scope(|scope| {
        // Both pipes at once: each side may wait for the other.
        scope.spawn(move || {
            // It may end before it has read all.
            let _ = input.write_all(xml.as_bytes());
        });
        scope.spawn(move || {
            let mut bytes = Vec::new();
            let read = output.take(LONGEST).read_to_end(&mut bytes);
            let _ = said.send(read.is_ok().then_some(bytes));
        });
        let text = hears.recv_timeout(PATIENCE).ok().flatten();
        // It has told enough or taken too long.
        let _ = child.kill();
        let _ = child.wait();
        text
    })?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// "-:12: element disk: Relax-NG validity error : Did not expect …".
fn problem(line: &str) -> Option<SchemaProblem> {
    let rest = line.strip_prefix("-:")?;
    let (number, rest) = rest.split_once(':')?;
    let (_, text) = rest.split_once("validity error : ")?;
    Some(SchemaProblem { line: number.parse().ok()?, text: text.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{SchemaProblem, check_schema, problem, schema};

    const GOOD: &str = "<domain type='qemu'>\n<name>a</name>\n<memory>65536</memory>\n\
        <os><type>hvm</type></os>\n<devices>\n</devices>\n</domain>\n";

    #[test]
    fn a_breach_has_its_line() {
        let line = "-:5: element nonsense: Relax-NG validity error : Did not expect that";
        let found = SchemaProblem { line: 5, text: "Did not expect that".to_owned() };
        assert_eq!(problem(line), Some(found));
        assert_eq!(problem("- fails to validate"), None);
        assert_eq!(problem("-:x: validity error : y"), None);
    }

    #[test]
    fn libvirts_schema_is_asked() {
        if schema().is_none() {
            return; // libvirt is not installed here
        }
        assert_eq!(check_schema(GOOD), None);
        let bad = GOOD.replace("<devices>\n", "<devices>\n<nonsense passwd='hunter2'/>\n");
        let found = check_schema(&bad).expect("a problem");
        assert!((5..=6).contains(&found.line), "{found:?}");
        assert!(!found.text.contains("hunter2"), "{found:?}");
    }

    #[test]
    fn a_large_definition_does_not_block() {
        let large =
            GOOD.replace("<devices>\n", &format!("<devices>\n{}", "<x/>\n".repeat(100_000)));
        let found = check_schema(&large);
        assert_eq!(found.is_some(), schema().is_some());
    }
}
