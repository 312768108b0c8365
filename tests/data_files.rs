//! The files beside the code: icons, desktop entry, metainfo, settings.

#![allow(clippy::expect_used)]

#[allow(dead_code)]
mod sources;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

use sources::sources;

const ID: &str = "io.github.posada_vm.Posada";

#[test]
fn every_icon_that_the_code_names_exists() {
    let mut known = BTreeSet::new();
    for folder in ["resources", "data/icons"] {
        collect_icons(&project().join(folder), &mut known);
    }
    for theme in ["Adwaita", "hicolor"] {
        collect_icons(&Path::new("/usr/share/icons").join(theme), &mut known);
    }
    assert!(
        known.contains("open-menu-symbolic"),
        "the package adwaita-icon-theme is not installed"
    );
    let mut missing = Vec::new();
    for source in sources() {
        for (number, line) in (1..).zip(source.text.lines()) {
            missing.extend(
                icons_on(line)
                    .filter(|icon| !known.contains(*icon) && !in_libadwaita(icon))
                    .map(|icon| format!("{}:{number}: no icon {icon}", source.name)),
            );
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn the_desktop_file_is_valid() {
    let text = read(&format!("data/{ID}.desktop.in"));
    let folder = env::temp_dir().join(format!("posada-data-{}", process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = folder.join(format!("{ID}.desktop"));
    fs::write(&file, text).expect("a file can be written");
    run(Command::new("desktop-file-validate").arg(&file));
    fs::remove_dir_all(&folder).expect("a folder can be removed");
}

#[test]
fn the_metainfo_is_valid() {
    let file = project().join(format!("data/{ID}.metainfo.xml.in"));
    run(Command::new("appstreamcli").args(["validate", "--no-net", "--explain"]).arg(file));
}

#[test]
fn the_settings_are_valid() {
    run(Command::new("glib-compile-schemas")
        .args(["--strict", "--dry-run"])
        .arg(project().join("data")));
}

#[test]
fn both_say_which_files_open_with_the_program() {
    let desktop = read(&format!("data/{ID}.desktop.in"));
    let line = desktop.lines().find_map(|line| line.strip_prefix("MimeType=")).expect("MimeType");
    let desktop: Vec<&str> = line.split_terminator(';').collect();
    let metainfo = read(&format!("data/{ID}.metainfo.xml.in"));
    let metainfo: Vec<&str> =
        metainfo.split("<mediatype>").skip(1).filter_map(|part| part.split('<').next()).collect();
    assert_eq!(desktop, metainfo);
}

#[test]
fn one_version_and_one_name_everywhere() {
    let between = |text: &str, start: &str| {
        let rest = &text[text.find(start).unwrap_or_else(|| panic!("{start}")) + start.len()..];
        rest[..rest.find(['"', '\'']).expect("an end")].to_owned()
    };
    let version = between(&read("Cargo.toml"), "\nversion = \"");
    assert_eq!(between(&read("meson.build"), "version: '"), version);
    assert_eq!(
        between(&read(&format!("data/{ID}.metainfo.xml.in")), "<release version=\""),
        version
    );
    assert_eq!(between(&read("src/config.rs"), "APP_ID: &str = \""), ID);
    assert_eq!(between(&read("meson.build"), "app_id = '"), ID);
}

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}:\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

/// The names of the icons in a folder, without their endings.
fn collect_icons(folder: &Path, known: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_icons(&path, known);
        } else if let Some(name) = path.file_stem() {
            let name = name.to_string_lossy();
            known.insert(name.strip_suffix(".symbolic").unwrap_or(&name).to_owned());
        }
    }
}

/// libadwaita brings these itself.
fn in_libadwaita(icon: &str) -> bool {
    icon.starts_with("adw-")
}

/// Literals that are an icon's name: symbolic ones, and what a setter gets.
fn icons_on(line: &str) -> impl Iterator<Item = &str> {
    let code = line.trim_start();
    let sets_icon = ["icon_name", "from_icon_name"].iter().any(|setter| code.contains(setter));
    let parts = if code.starts_with("//") { "" } else { code };
    parts.split('"').skip(1).step_by(2).filter(move |text| {
        let is_name = !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        is_name && (text.ends_with("-symbolic") || sets_icon)
    })
}
