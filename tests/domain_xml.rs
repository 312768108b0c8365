//! The example program, from outside; the table of fields in the docs; and the
//! definitions that the tables write, before libvirt's own schema.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use posada::model::{
    hardware::{self, Kind, Place, Rule},
    xml::Document,
};

const FIXTURE: &str = "src/model/hardware/fixtures/everything.xml";

/// The example, beside this test's own folder.
fn example(arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    Command::new(folder.join("examples/domain_xml")).args(arguments).output().expect("it runs")
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn written(name: &str, content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    (folder, file)
}

#[test]
fn definitions_come_back_byte_for_byte() {
    text(example(&["roundtrip", FIXTURE, "data/io.github.posada_vm.Posada.gschema.xml"]));
}

#[test]
fn fields_and_paths_are_read_and_set() {
    assert_eq!(text(example(&["get", FIXTURE, "memory.maximum"])), "2147483648\n");
    assert_eq!(text(example(&["get", FIXTURE, "disk[vda].format"])), "qcow2\n");
    assert_eq!(text(example(&["get", FIXTURE, "devices/disk[2]/@device"])), "cdrom\n");
    let edited = text(example(&["set", FIXTURE, "disk[vda].cache", "none"]));
    let before = fs::read_to_string(FIXTURE).unwrap();
    assert_eq!(edited.replace(" cache='none'", ""), before, "nothing else changes");
    assert!(!example(&["set", FIXTURE, "disk[vda].cache", "sometimes"]).status.success());
    let devices = text(example(&["devices", FIXTURE]));
    assert!(devices.contains("disk\tDisk 1\tvda\n"), "{devices}");
}

#[test]
fn hostile_documents_are_refused_with_line_and_reason() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>\n<x>&a;</x>";
    let huge = format!("<x>{}</x>", "a".repeat(100 << 20));
    for (name, content, word) in [
        ("malformed", "<x>\n<y></x>", "line 2"),
        ("bomb", bomb, "line 1"),
        ("deep", deep.as_str(), "256"),
        ("huge", huge.as_str(), "16777216"),
    ] {
        let (_folder, file) = written(name, content);
        let output = example(&["roundtrip", &file.to_string_lossy()]);
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && why.contains(word), "{name}: {why}");
    }
}

#[test]
fn the_table_in_the_docs_is_that_of_the_code() {
    let docs = fs::read_to_string("docs/hardware-fields.md").unwrap();
    let table = text(example(&["fields"]));
    assert!(
        docs.contains(&table),
        "docs/hardware-fields.md is old: put the output of `domain_xml fields` in"
    );
}

/// Each field alone, with a value that it takes, makes a definition that the
/// schema of the installed libvirt allows.
#[test]
fn what_the_tables_write_is_what_libvirt_allows() {
    let schema = Path::new("/usr/share/libvirt/schemas/domain.rng");
    if !schema.exists() || !Path::new("/usr/bin/xmllint").exists() {
        assert!(std::env::var_os("POSADA_REAL").is_none(), "no schema or no xmllint");
        return;
    }
    let before = Document::parse(&fs::read_to_string(FIXTURE).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files = vec![PathBuf::from(FIXTURE)];
    for field in hardware::all_fields() {
        let device = match field.place {
            Place::Guest(_) => None,
            Place::Device(kind) if kind.is_part() => {
                hardware::part_slots(&before, kind).into_iter().next()
            }
            Place::Device(kind) => {
                hardware::devices(&before).into_iter().find(|device| device.kind == kind)
            }
        };
        // Values that only some types of a device take, or beside others.
        let others = [
            "hostdev.",
            "pstore.",
            "shmem.size",
            "interface.mode",
            "disk.namespace",
            "graphics.audio",
            "seclabel.relabel",
        ];
        if others.iter().any(|name| field.id.starts_with(name)) {
            continue;
        }
        let mut doc = before.clone();
        let mut put = |field: &hardware::Field, value: &str| {
            hardware::edit(&mut doc, device.as_ref(), field, Some(value)).unwrap();
        };
        // First what gives it a meaning.
        let mut needed = Vec::new();
        let mut next = hardware::depends(field.id).first();
        while let Some((id, value)) = next {
            needed.push((*id, *value));
            next = hardware::depends(id).first();
        }
        for (id, value) in needed.into_iter().rev() {
            let other = hardware::all_fields().find(|field| field.id == id).unwrap();
            let any = example_of(other.kind);
            put(other, if value.is_empty() { &any } else { value });
        }
        // The fixture's first controller is one of USB.
        let example = example_of(field.kind);
        put(
            field,
            match field.id {
                "controller.model" => "nec-xhci",
                "security.policy" => "0x0007",
                _ => &example,
            },
        );
        let file = folder.path().join(format!("{}.xml", field.id));
        fs::write(&file, doc.as_str()).unwrap();
        files.push(file);
    }
    let output = Command::new("xmllint")
        .args(["--noout", "--relaxng"])
        .arg(schema)
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let bad: Vec<_> = said.lines().filter(|line| line.ends_with("fails to validate")).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

fn example_of(kind: Kind) -> String {
    match kind {
        Kind::Flag => "yes".to_owned(),
        Kind::Switch { on, .. } => on.to_owned(),
        Kind::Choice(words) => words[0].to_owned(),
        Kind::OpenChoice(words) => (*words.first().unwrap_or(&"special")).to_owned(),
        Kind::Number { min, .. } => min.to_string(),
        Kind::Size { min } => (min * 4).to_string(),
        Kind::Text(Rule::Path) => "/a b/c".to_owned(),
        Kind::Text(Rule::Mac) => "52:54:00:aa:bb:cc".to_owned(),
        Kind::Text(Rule::CpuSet) => "0-3".to_owned(),
        Kind::Text(Rule::Vlans) => "10,20".to_owned(),
        Kind::Text(Rule::Hexadecimal) => "0x0003".to_owned(),
        Kind::Text(Rule::Line | Rule::Serial | Rule::Password) => "word".to_owned(),
    }
}
