//! The command line: pure parsing, for the first process and for the ones
//! that hand theirs to it.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Parser, error::ErrorKind};

use crate::model::{Secret, Viewer};

/// What a command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchIntent {
    /// URI of the host to connect to.
    pub connect: Option<String>,
    /// What to open.
    pub show: Show,
    /// Whether to log more.
    pub debug: bool,
}

/// What to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// The main window.
    #[default]
    Manager,
    /// The assistant, perhaps with an ISO or a disk image to begin with.
    Creator(Option<PathBuf>),
    /// A guest's window.
    Guest(GuestSelector, GuestView),
    /// The question whether to delete a guest.
    Delete(GuestSelector),
    /// The page about the host.
    HostSummary,
    /// A screen that a file or an address names, with no host behind it.
    Screen(ScreenSource),
    /// Nothing yet: the desktop starts the program for a later request.
    Service,
}

/// What names a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenSource {
    /// A connection file of virt-viewer's.
    File(PathBuf),
    /// An address such as `vnc://host:port`. It may hold a password.
    Address(Secret),
}

/// A guest by its name, its running number or its UUID, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestSelector(pub String);

/// A page of a guest's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestView {
    /// Its screen.
    Console,
    /// Its definition.
    Editor,
    /// Its load.
    Performance,
}

/// Create, run and look after virtual machines on libvirt.
#[derive(Debug, Parser)]
#[command(name = "posada", version)]
// The flags are virt-manager's, and they are flags there.
#[allow(clippy::struct_excessive_bools)]
struct Arguments {
    /// An ISO or a disk image to make a guest from, or a screen to show: a
    /// connection file (.vv), vnc://HOST:PORT or spice://HOST:PORT
    #[arg(value_name = "ISO|DISK|SCREEN")]
    source: Option<PathBuf>,

    /// Connect to the host at this libvirt URI
    #[arg(short, long, value_name = "URI")]
    connect: Option<String>,

    /// Open the assistant that makes a guest
    #[arg(long, requires = "connect", group = "show")]
    show_domain_creator: bool,

    /// Open the settings of a guest
    #[arg(long, value_name = "NAME|ID|UUID", requires = "connect", group = "show")]
    show_domain_editor: Option<String>,

    /// Open the load graphs of a guest
    #[arg(long, value_name = "NAME|ID|UUID", requires = "connect", group = "show")]
    show_domain_performance: Option<String>,

    /// Open the console of a guest
    #[arg(long, value_name = "NAME|ID|UUID", requires = "connect", group = "show")]
    show_domain_console: Option<String>,

    /// Ask whether to delete a guest
    #[arg(long, value_name = "NAME|ID|UUID", requires = "connect", group = "show")]
    show_domain_delete: Option<String>,

    /// Open the page about the host
    #[arg(long, requires = "connect", group = "show")]
    show_host_summary: bool,

    /// Log more
    #[arg(long)]
    debug: bool,

    /// Stay in the foreground (always so; accepted for virt-manager's sake)
    #[arg(long, overrides_with = "fork")]
    no_fork: bool,

    /// Accepted for virt-manager's sake, without effect
    #[arg(long)]
    fork: bool,

    #[arg(long, hide = true)]
    gapplication_service: bool,
}

/// What is wrong with a page to show but no host.
const NO_HOST: &str =
    "posada: --show-… options need --connect URI, which says on which host to look.
For example: posada --connect qemu:///system --show-domain-console NAME
";

/// Why a command line is not run.
#[derive(Debug)]
pub struct Refusal {
    /// What to print: help, version or what is wrong.
    pub text: String,
    /// Whether it is an answer (exit status 0) or an error (2).
    pub is_error: bool,
}

/// Reads a command line, the program's name first. Relative paths count from
/// `folder`.
///
/// # Errors
/// If it asks for help or the version, or cannot be understood.
pub fn parse<I, T>(arguments: I, folder: Option<&Path>) -> Result<LaunchIntent, Refusal>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let arguments = Arguments::try_parse_from(arguments).map_err(|error| {
        let answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        let mut text = error.to_string();
        if error.kind() == ErrorKind::MissingRequiredArgument && text.contains("--connect") {
            NO_HOST.clone_into(&mut text);
        }
        Refusal { text, is_error: !answer }
    })?;
    Ok(intent(arguments, folder))
}

fn intent(arguments: Arguments, folder: Option<&Path>) -> LaunchIntent {
    let mut connect = arguments.connect;
    let mut source = arguments.source;
    if let Some(text) = source.as_deref().and_then(Path::to_str) {
        if let Some(path) = text.strip_prefix("file://") {
            source = Some(PathBuf::from(percent_decoded(path)));
        } else if Viewer::is_address(text) {
            let address = ScreenSource::Address(Secret::new(text.to_owned()));
            return LaunchIntent { connect, show: Show::Screen(address), debug: arguments.debug };
        } else if connect.is_none() && text.contains("://") {
            // A libvirt URI where a file may stand: from a link, or a habit.
            connect = Some(text.to_owned());
            source = None;
        }
    }
    let source = source.map(|path| match folder {
        Some(folder) if path.is_relative() => folder.join(path),
        _ => path,
    });
    let is_screen = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("vv"))
    };
    let show = if let Some(file) = source.clone().filter(is_screen) {
        Show::Screen(ScreenSource::File(file))
    } else if let Some(guest) = arguments.show_domain_console {
        Show::Guest(GuestSelector(guest), GuestView::Console)
    } else if let Some(guest) = arguments.show_domain_editor {
        Show::Guest(GuestSelector(guest), GuestView::Editor)
    } else if let Some(guest) = arguments.show_domain_performance {
        Show::Guest(GuestSelector(guest), GuestView::Performance)
    } else if let Some(guest) = arguments.show_domain_delete {
        Show::Delete(GuestSelector(guest))
    } else if arguments.show_host_summary {
        Show::HostSummary
    } else if arguments.show_domain_creator || source.is_some() {
        Show::Creator(source)
    } else if arguments.gapplication_service {
        Show::Service
    } else {
        Show::Manager
    };
    LaunchIntent { connect, show, debug: arguments.debug }
}

/// The path of a `file://` address: its host part removed, escapes resolved.
fn percent_decoded(text: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    let path = text.find('/').map_or(text, |start| &text[start..]).as_bytes();
    let mut bytes = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        let escape = path
            .get(at + 1..at + 3)
            .filter(|_| path[at] == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escape.unwrap_or(path[at]));
        at += if escape.is_some() { 3 } else { 1 };
    }
    OsString::from_vec(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<LaunchIntent, Refusal> {
        let all = std::iter::once("posada").chain(arguments.iter().copied());
        parse(all, Some(Path::new("/home/ana")))
    }

    #[test]
    fn nothing_opens_the_main_window() {
        assert_eq!(read(&[]).unwrap(), LaunchIntent::default());
        assert_eq!(read(&["--no-fork"]).unwrap(), LaunchIntent::default());
        assert_eq!(read(&["--fork"]).unwrap(), LaunchIntent::default());
    }

    #[test]
    fn a_file_counts_from_the_callers_folder() {
        let show = |path: &str| Show::Creator(Some(PathBuf::from(path)));
        assert_eq!(read(&["a b.iso"]).unwrap().show, show("/home/ana/a b.iso"));
        assert_eq!(read(&["/iso/x.iso"]).unwrap().show, show("/iso/x.iso"));
        assert_eq!(read(&["file:///iso/a%20b%2.iso"]).unwrap().show, show("/iso/a b%2.iso"));
        assert_eq!(read(&["file://localhost/iso/x"]).unwrap().show, show("/iso/x"));
    }

    #[test]
    fn a_screen_needs_no_host() {
        let show = |text: &str| read(&[text]).unwrap().show;
        let address =
            |text: &str| Show::Screen(ScreenSource::Address(Secret::new(text.to_owned())));
        assert_eq!(show("vnc://inn:5901"), address("vnc://inn:5901"));
        assert_eq!(show("spice+unix:///run/s"), address("spice+unix:///run/s"));
        let file = |path: &str| Show::Screen(ScreenSource::File(PathBuf::from(path)));
        assert_eq!(show("a b.VV"), file("/home/ana/a b.VV"));
        assert_eq!(show("file:///tmp/x.vv"), file("/tmp/x.vv"));
        let secret = format!("{:?}", show("vnc://inn?password=geheim"));
        assert!(!secret.contains("geheim"), "{secret}");
    }

    #[test]
    fn a_uri_in_the_place_of_a_file_connects() {
        let intent = read(&["qemu+ssh://ana@inn/system"]).unwrap();
        assert_eq!(intent.connect.as_deref(), Some("qemu+ssh://ana@inn/system"));
        assert_eq!(intent.show, Show::Manager);
    }

    #[test]
    fn show_options_name_page_and_guest() {
        let guest = |option: &str| read(&["-c", "test:///default", option, "web"]).unwrap().show;
        let web = || GuestSelector("web".to_owned());
        assert_eq!(guest("--show-domain-console"), Show::Guest(web(), GuestView::Console));
        assert_eq!(guest("--show-domain-editor"), Show::Guest(web(), GuestView::Editor));
        assert_eq!(guest("--show-domain-performance"), Show::Guest(web(), GuestView::Performance));
        assert_eq!(guest("--show-domain-delete"), Show::Delete(web()));
        let creator = read(&["--connect=test:///default", "--show-domain-creator"]).unwrap();
        assert_eq!(creator.show, Show::Creator(None));
        let summary = read(&["-c", "test:///default", "--show-host-summary"]).unwrap();
        assert_eq!(summary.show, Show::HostSummary);
    }

    #[test]
    fn show_options_without_a_host_are_refused_in_plain_words() {
        for arguments in [&["--show-domain-creator"][..], &["--show-domain-console", "web"]] {
            let refusal = read(arguments).unwrap_err();
            assert!(refusal.is_error);
            assert!(refusal.text.contains("need --connect URI"), "{}", refusal.text);
        }
    }

    #[test]
    fn two_things_to_show_are_refused() {
        let both = ["-c", "test:///default", "--show-host-summary", "--show-domain-creator"];
        assert!(read(&both).unwrap_err().is_error);
    }

    #[test]
    fn help_and_version_are_answers() {
        let version = read(&["--version"]).unwrap_err();
        assert!(!version.is_error);
        assert!(version.text.contains(crate::config::VERSION));
        let help = read(&["--help"]).unwrap_err();
        assert!(!help.is_error && help.text.contains("--show-domain-console"));
        assert!(!help.text.contains("gapplication"), "not for people");
    }
}
