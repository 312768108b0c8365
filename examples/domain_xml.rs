//! Reads and edits a domain's XML from the command line, with the same code as
//! the program.
//!
//! ```text
//! domain_xml roundtrip FILE…        exit 1 and the difference if a byte differs
//! domain_xml get FILE PATH          a value; PATH is a path of the XML, or a field:
//! domain_xml set FILE PATH VALUE    `memory.maximum`, `disk[vda].cache`
//! domain_xml devices FILE           a line a device: kind, name as it is shown, and
//!                                   what stands in a path's brackets
//! domain_xml fields                 the table of fields, as Markdown
//! ```

use std::{fmt::Write as _, fs::File, io::Read, process::ExitCode};

use posada::{
    model::{
        hardware::{self, Applies, Device, DeviceKind, Field, Kind, Place, Section},
        text_diff::compare,
        xml::Document,
    },
    ui::words,
};

/// Nothing larger is read: a definition has at most 16 MiB.
const LARGEST: u64 = 16 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["roundtrip", files @ ..] if !files.is_empty() => roundtrip(files),
        ["get", file, path] => get(file, path),
        ["set", file, path, value] => set(file, path, value),
        ["devices", file] => devices(file),
        ["fields"] => Ok(fields()),
        _ => Err("usage: domain_xml roundtrip FILE… | get FILE PATH | set FILE PATH VALUE \
                  | devices FILE | fields"
            .to_owned()),
    };
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &str) -> Result<(String, Document), String> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| format!("{path}: {error}"))?;
    let document = Document::parse(&text).map_err(|error| format!("{path}: {error}"))?;
    Ok((text, document))
}

fn roundtrip(files: &[&str]) -> Result<String, String> {
    for path in files {
        let (text, document) = read(path)?;
        let written = document.to_string();
        if written != text {
            return Err(difference(path, &text, &written));
        }
    }
    Ok(String::new())
}

/// How what was written differs from what was read, as a unified diff; line ends do
/// not show in it.
fn difference(path: &str, read: &str, written: &str) -> String {
    let at = read.bytes().zip(written.bytes()).take_while(|(a, b)| a == b).count();
    let mut told = format!("{path}: differs from byte {at} on");
    for hunk in compare(read, written).hunks {
        let _ = write!(told, "\n@@ -{} +{} @@", hunk.old_start, hunk.new_start);
        for (kind, line) in hunk.lines {
            let _ = write!(told, "\n{}{line}", kind.sign());
        }
    }
    told
}

/// A field by its id, with its device in brackets: `disk[vda].cache`.
fn field(doc: &Document, path: &str) -> Option<(&'static Field, Option<Device>)> {
    let (id, device) = match (path.find('['), path.find(']')) {
        (Some(open), Some(close)) if open < close => {
            let (kind, key) = (&path[..open], &path[open + 1..close]);
            let identity = format!("{kind}:{key}");
            (format!("{kind}{}", &path[close + 1..]), Some(hardware::find(doc, &identity)?))
        }
        _ => (path.to_owned(), None),
    };
    let field = hardware::all_fields().find(|field| field.id == id)?;
    (matches!(field.place, Place::Guest(_)) == device.is_none()).then_some((field, device))
}

fn get(file: &str, path: &str) -> Result<String, String> {
    let (_, doc) = read(file)?;
    let value = match field(&doc, path) {
        Some((field, device)) => hardware::get(&doc, device.as_ref(), field),
        None => doc.get(path),
    };
    value.map(|value| format!("{value}\n")).ok_or_else(|| format!("{path}: not in {file}"))
}

fn set(file: &str, path: &str, value: &str) -> Result<String, String> {
    let (_, mut doc) = read(file)?;
    let done = match field(&doc, path) {
        Some((field, device)) => {
            hardware::check(field, value).map_err(|error| format!("{path}: {error:?}"))?;
            hardware::set(&mut doc, device.as_ref(), field, Some(value))
        }
        None => match path.rsplit_once('@') {
            Some((element, name)) => doc.set_attr(element.trim_end_matches('/'), name, value),
            None => doc.set_text(path, value),
        },
    };
    done.map_err(|error| format!("{path}: {error}"))?;
    Ok(doc.to_string())
}

fn devices(file: &str) -> Result<String, String> {
    let (_, doc) = read(file)?;
    let devices = hardware::devices(&doc);
    let line = |(device, name): (&Device, String)| {
        let key = device.identity.split_once(':').map_or("-", |(_, key)| key);
        format!("{}\t{name}\t{key}\n", device.kind.element())
    };
    Ok(devices.iter().zip(words::devices(&devices)).map(line).collect())
}

fn fields() -> String {
    let mut text = "| page | row | field | where in the XML | values | applies |\n\
                    |---|---|---|---|---|---|\n"
        .to_owned();
    for field in hardware::all_fields() {
        let (page, base) = match field.place {
            Place::Guest(section) => (section_name(section).to_owned(), String::new()),
            Place::Device(kind) if kind.is_part() => {
                let (page, base) = part(kind);
                (page.to_owned(), base.to_owned())
            }
            Place::Device(kind) => {
                (kind.element().to_owned(), format!("devices/{}/", kind.element()))
            }
        };
        let applies = match field.applies {
            Applies::NextStart => "at the next start",
            Applies::Device => "at once where libvirt updates the device, else at the next start",
            Applies::Balloon => "at once, through the balloon",
            Applies::Tuning => "at once where hypervisor and host can, else at the next start",
            Applies::Vcpus => "at once, by plugging processors",
        };
        let _ = writeln!(
            text,
            "| {page} | {} | `{}`: {} | `{base}{}` | {} | {applies} |",
            words::field(field.id),
            field.id,
            field.about,
            if field.path == "." { "" } else { field.path },
            values(field.kind)
        );
    }
    text
}

fn part(kind: DeviceKind) -> (&'static str, &'static str) {
    match kind {
        DeviceKind::CpuFeature => ("processors", "cpu/feature/"),
        DeviceKind::Vcpu => ("processors", "vcpus/vcpu/"),
        DeviceKind::NumaNode => ("memory", "cpu/numa/cell/"),
        DeviceKind::MemNode => ("memory", "numatune/memnode/"),
        DeviceKind::OemString => ("boot", "sysinfo[@type='smbios']/oemStrings/entry/"),
        DeviceKind::FwCfg => ("boot", "sysinfo[@type='fwcfg']/entry/"),
        DeviceKind::SecLabel => ("machine", "seclabel/"),
        DeviceKind::VcpuPin => ("tuning", "cputune/vcpupin/"),
        DeviceKind::VcpuSched => ("tuning", "cputune/vcpusched/"),
        DeviceKind::Iothread => ("tuning", "iothreadids/iothread/"),
        DeviceKind::IothreadPin => ("tuning", "cputune/iothreadpin/"),
        DeviceKind::IothreadSched => ("tuning", "cputune/iothreadsched/"),
        DeviceKind::BlockDevice => ("tuning", "blkiotune/device/"),
        DeviceKind::ThrottleGroup => ("tuning", "throttlegroups/throttlegroup/"),
        DeviceKind::CacheTune => ("tuning", "cputune/cachetune/"),
        _ => ("tuning", "cputune/memorytune/"),
    }
}

fn section_name(section: Section) -> &'static str {
    match section {
        Section::Cpu => "processors",
        Section::Memory => "memory",
        Section::Boot => "boot",
        Section::Machine => "machine",
        Section::Tuning => "tuning",
    }
}

fn values(kind: Kind) -> String {
    match kind {
        Kind::Flag => "there or not".to_owned(),
        Kind::Switch { on, off } => format!("`{on}`, `{off}`"),
        Kind::Choice(words) => format!("`{}`", words.join("`, `")),
        Kind::OpenChoice([]) => "what the host offers".to_owned(),
        Kind::OpenChoice(words) => format!("`{}`, or what the host offers", words.join("`, `")),
        Kind::Number { min, max } => format!("{min} to {max}"),
        Kind::Size { min } => format!("bytes, at least {min}"),
        Kind::Text(rule) => format!("{rule:?}").to_lowercase(),
    }
}
