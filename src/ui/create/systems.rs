//! The list of operating systems, and which one is proposed.

use std::sync::Arc;

use gettextrs::gettext;
use relm4::ComponentSender;

use super::{
    Create, CreateCmd,
    draft::Method,
    pages::{Problem, Severity},
    source::Medium,
};
use crate::{
    i18n::{gettext_f, ngettext_f},
    model::{
        disk_image::FileKind,
        osinfo::{self, Date, Os, OsDatabase, OsMatch},
    },
    ui::os_database::os_database,
};

/// A system as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SystemChoice {
    /// libosinfo's id; nothing is unknown.
    pub(super) id: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// Edition or vendor, and when it came out.
    pub(super) detail: String,
    /// Whether the chosen image was found to hold it.
    pub(super) detected: bool,
    /// Whether its maker no longer supports it.
    pub(super) end_of_life: bool,
}

/// Systems in the order of the list.
pub(super) type SystemList = Vec<SystemChoice>;

/// The systems that `search` finds: those detected first, then "Unknown", then
/// the others, the newest first. What is detected or `chosen` is never hidden
/// for its age.
pub(super) fn find(
    database: Option<&OsDatabase>,
    search: &str,
    with_old: bool,
    detected: &[OsMatch],
    chosen: Option<&str>,
) -> SystemList {
    let today = Date::today();
    let mut list: SystemList = Vec::new();
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    for found in detected {
        let name = found.os.name.to_lowercase();
        let known = list.iter().any(|choice| choice.id.as_deref() == Some(&found.os.id));
        if known || !words.iter().all(|word| name.contains(word)) {
            continue;
        }
        let mut choice = choice(&found.os, today);
        choice.detected = true;
        if let Some(variant) = &found.variant {
            choice.detail.clone_from(variant);
        }
        list.push(choice);
    }
    list.push(SystemChoice {
        id: None,
        name: gettext("Unknown or another system"),
        detail: gettext("Gets the devices that most systems can use"),
        detected: false,
        end_of_life: false,
    });
    let mut found = database.map(|database| database.search(search)).unwrap_or_default();
    if words.is_empty() {
        // Rolling releases have no date; those with one are what most look for.
        found.sort_by_key(|os| std::cmp::Reverse(os.release_date));
    }
    for os in found {
        let listed = list.iter().any(|choice| choice.id.as_deref() == Some(&os.id));
        if listed || os.id == osinfo::UNKNOWN_ID {
            continue;
        }
        let choice = choice(&os, today);
        if with_old || !choice.end_of_life || chosen == Some(&os.id) {
            list.push(choice);
        }
    }
    list
}

fn choice(os: &Os, today: Date) -> SystemChoice {
    let year = os.release_date.map(|date| date.year.to_string());
    let parts: Vec<String> = os.vendor.iter().cloned().chain(year).collect();
    SystemChoice {
        id: Some(os.id.clone()),
        name: os.name.clone(),
        detail: parts.join(", "),
        detected: false,
        end_of_life: os.is_end_of_life(today),
    }
}

impl Create {
    /// Reads the database of systems, in the background.
    pub(super) fn load_systems(sender: &ComponentSender<Self>) {
        sender.oneshot_command(async { CreateCmd::Systems(os_database().await) });
    }

    /// What the chosen medium is recognised as, the likeliest first.
    pub(super) fn detected_systems(&self) -> Vec<OsMatch> {
        match (&self.medium, &self.systems, self.draft.method) {
            (Medium::Found(found), Some(database), Method::Iso) => match &found.kind {
                FileKind::Iso(info) => database.identify(info),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The medium or the database arrived: proposes what is recognised.
    pub(super) fn medium_known(&mut self) {
        let detected = self.detected_systems();
        self.draft.os.propose(detected.first().map(|found| found.os.id.clone()));
        self.detected_count =
            detected.iter().filter(|found| found.arch == detected[0].arch).count();
        self.medium_arch = detected.first().and_then(|found| found.arch.clone());
        self.find_systems();
        self.propose();
    }

    /// The system that is chosen, with why.
    pub(super) fn system_chosen(&self) -> (String, String) {
        let Some(os) = self.chosen_os() else {
            let why = if matches!(self.medium, Medium::Looking(_)) {
                gettext("The image is being looked into")
            } else {
                gettext("Choose the system below for settings that fit it, or go on without")
            };
            return (gettext("Unknown or another system"), why);
        };
        let detected = self.detected_systems();
        let why = match detected.iter().find(|found| found.os.id == os.id) {
            Some(found) if found.exact => gettext("Detected from the image"),
            Some(_) => gettext("The closest that the database knows to what the image says"),
            None => gettext("Chosen by you"),
        };
        (os.name.clone(), why)
    }

    /// The chosen system's entry.
    pub(super) fn chosen_os(&self) -> Option<&Arc<Os>> {
        self.systems.as_ref()?.by_id(self.draft.os.value.as_deref()?)
    }

    /// What to say above the list.
    pub(super) fn system_notice(&self) -> Option<Problem> {
        let hint = |title: String, body: String| {
            Some(Problem { severity: Severity::Hint, title, body, detail: String::new() })
        };
        if let Some(database) = &self.systems
            && database.all().is_empty()
        {
            return hint(
                gettext("The database of operating systems is missing"),
                gettext(
                    "Install the package “osinfo-db” to get settings that fit each system. It works without, too.",
                ),
            );
        }
        let Medium::Found(found) = &self.medium else { return None };
        let FileKind::Iso(info) = &found.kind else { return None };
        if self.draft.method != Method::Iso || self.systems.is_none() {
            return None;
        }
        match self.detected_count {
            0 if self.draft.os.value.is_some() => None,
            0 => hint(
                gettext("The system on the image is not known"),
                gettext_f(
                    "The image calls itself “{label}”. Choose the closest system, or go on with “Unknown”.",
                    &[("label", &info.volume_id)],
                ),
            ),
            1 => None,
            many => {
                let count = u32::try_from(many).unwrap_or(u32::MAX);
                hint(
                    ngettext_f(
                        "{count} system fits the image",
                        "{count} systems fit the image",
                        count,
                        &[("count", &count.to_string())],
                    ),
                    gettext("They stand first in the list."),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(id: &str, name: &str, year: u16, eol: Option<u16>) -> Os {
        let date = |year| Date { year, month: 1, day: 1 };
        Os {
            id: id.to_owned(),
            short_ids: vec![id.to_owned()],
            name: name.to_owned(),
            release_date: Some(date(year)),
            eol_date: eol.map(date),
            ..Os::default()
        }
    }

    fn database() -> OsDatabase {
        OsDatabase::from_entries(vec![
            os("inn1", "Inn 1", 2001, Some(2004)),
            os("inn2", "Inn 2", 2020, None),
            os("tavern", "Tavern", 2022, None),
        ])
    }

    fn found(database: &OsDatabase, id: &str) -> OsMatch {
        OsMatch {
            os: Arc::clone(database.by_id(id).unwrap()),
            arch: None,
            variant: None,
            live: false,
            installer: true,
            installer_reboots: 1,
            exact: true,
        }
    }

    fn names(list: &SystemList) -> Vec<&str> {
        list.iter().map(|choice| choice.id.as_deref().unwrap_or("?")).collect()
    }

    #[test]
    fn the_newest_come_first_and_old_ones_wait_behind_the_switch() {
        let database = database();
        assert_eq!(names(&find(Some(&database), "", false, &[], None)), ["?", "tavern", "inn2"]);
        let all = find(Some(&database), "", true, &[], None);
        assert_eq!(names(&all), ["?", "tavern", "inn2", "inn1"]);
        assert!(all[3].end_of_life);
    }

    #[test]
    fn what_is_detected_or_chosen_is_never_hidden() {
        let database = database();
        let detected = [found(&database, "inn1")];
        let list = find(Some(&database), "", false, &detected, None);
        assert_eq!(names(&list), ["inn1", "?", "tavern", "inn2"]);
        assert!(list[0].detected && !list[2].detected);
        let list = find(Some(&database), "", false, &[], Some("inn1"));
        assert_eq!(names(&list), ["?", "tavern", "inn2", "inn1"]);
    }

    #[test]
    fn a_search_filters_all_but_unknown() {
        let database = database();
        let detected = [found(&database, "tavern")];
        assert_eq!(names(&find(Some(&database), "inn", false, &detected, None)), ["?", "inn2"]);
        assert_eq!(names(&find(Some(&database), "nothing", false, &[], None)), ["?"]);
        assert_eq!(names(&find(None, "", false, &[], None)), ["?"]);
    }
}
