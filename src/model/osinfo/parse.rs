//! From the database's XML to entries. Streaming: a thousand files are read
//! for one answer, and most of their bytes are names in other languages.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Date, Firmware, Media, Os, Pattern, ReleaseStatus, ResourceSet, Resources};

/// The languages whose names are wanted, the best first.
pub(super) struct Languages(Vec<String>);

impl Languages {
    /// From a locale such as `pt_BR.UTF-8`.
    pub(super) fn new(locale: &str) -> Self {
        let tag = locale.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
        let language = tag.split('-').next().unwrap_or_default().to_owned();
        let mut wanted = vec![tag];
        if wanted[0] != language {
            wanted.push(language);
        }
        wanted.retain(|l| !l.is_empty() && l != "C" && l != "POSIX");
        Self(wanted)
    }

    /// How good a text in `lang` is; nothing where it is not wanted.
    fn rank(&self, lang: Option<&str>) -> Option<usize> {
        match lang {
            None => Some(self.0.len()),
            Some(lang) => self.0.iter().position(|l| l.eq_ignore_ascii_case(lang)),
        }
    }
}

/// The entries of one file; those before the first mistake if it has any.
pub(super) fn file(text: &str, languages: &Languages) -> Vec<Os> {
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.name().as_ref() == "os" => {
                let mut parser = Parser { reader: &mut reader, languages, name_rank: usize::MAX };
                let Some(os) = parser.os(&tag) else { return found };
                found.push(os);
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

struct Parser<'r, 'x> {
    reader: &'r mut Reader<&'x [u8]>,
    languages: &'r Languages,
    /// How good the name found so far is; less is better.
    name_rank: usize,
}

/// One step inside an element.
enum Step<'x> {
    /// A child; `true` if it has content to be read or skipped.
    Child(BytesStart<'x>, bool),
    End,
}

impl<'x> Parser<'_, 'x> {
    fn step(&mut self) -> Option<Step<'x>> {
        loop {
            match self.reader.read_event().ok()? {
                Event::Start(tag) => return Some(Step::Child(tag, true)),
                Event::Empty(tag) => return Some(Step::Child(tag, false)),
                Event::End(_) => return Some(Step::End),
                Event::Eof => return None,
                _ => {}
            }
        }
    }

    /// One step inside an element, which has none if it was written `<a/>`.
    fn within(&mut self, open: bool) -> Option<Step<'x>> {
        if open { self.step() } else { Some(Step::End) }
    }

    fn skip(&mut self, tag: &BytesStart<'x>, open: bool) -> Option<()> {
        if open {
            self.reader.read_to_end(tag.name()).ok()?;
        }
        Some(())
    }

    /// The text up to the end of the element just begun.
    fn text(&mut self, open: bool) -> Option<String> {
        let mut out = String::new();
        let mut depth = usize::from(open);
        while depth > 0 {
            match self.reader.read_event().ok()? {
                Event::Text(text) => out.push_str(&text.into_inner()),
                Event::CData(text) => out.push_str(&text.into_inner()),
                Event::GeneralRef(reference) => {
                    let c = reference.resolve_char_ref().ok().flatten();
                    let named = || match &*reference.clone().into_inner() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => None,
                    };
                    out.extend(c.or_else(named));
                }
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return None,
                _ => {}
            }
        }
        Some(out.trim().to_owned())
    }

    fn os(&mut self, tag: &BytesStart<'x>) -> Option<Os> {
        let mut os = Os { id: attr(tag, "id").unwrap_or_default(), ..Os::default() };
        let mut clones = Vec::new();
        while let Step::Child(child, open) = self.step()? {
            match child.name().as_ref() {
                "short-id" => os.short_ids.push(self.text(open)?),
                "name" => self.os_name(&mut os, &child, open)?,
                "vendor" if attr(&child, "xml:lang").is_none() => {
                    os.vendor = Some(self.text(open)?);
                }
                "version" => os.version = Some(self.text(open)?),
                "family" => os.family = Some(self.text(open)?),
                "distro" => os.distro = Some(self.text(open)?),
                "codename" => os.codename = Some(self.text(open)?),
                "release-date" => os.release_date = Date::parse(&self.text(open)?),
                "eol-date" => os.eol_date = Date::parse(&self.text(open)?),
                "release-status" => {
                    os.status = match self.text(open)?.as_str() {
                        "rolling" => ReleaseStatus::Rolling,
                        "prerelease" => ReleaseStatus::Prerelease,
                        "snapshot" => ReleaseStatus::Snapshot,
                        _ => ReleaseStatus::Released,
                    };
                }
                "derives-from" => {
                    os.parents.extend(attr(&child, "id"));
                    self.skip(&child, open)?;
                }
                "clones" => {
                    clones.extend(attr(&child, "id"));
                    self.skip(&child, open)?;
                }
                "firmware" => {
                    if let (Some(arch), Some(kind)) = (attr(&child, "arch"), attr(&child, "type")) {
                        os.firmware.push(Firmware {
                            arch,
                            kind,
                            supported: flag(&child, "supported", true),
                        });
                    }
                    self.skip(&child, open)?;
                }
                "devices" if open => self.devices(&mut os)?,
                "resources" => {
                    let set = self.resources(&child, open)?;
                    os.resources.push(set);
                }
                "variant" => {
                    let id = attr(&child, "id").unwrap_or_default();
                    let name = self.variant(open)?;
                    os.variants.push((id, name));
                }
                "media" => {
                    let media = self.media(&child, open)?;
                    os.media.extend(media.is_recognisable().then_some(media));
                }
                _ => self.skip(&child, open)?,
            }
        }
        // What a system is a copy of describes it better than what it grew from.
        clones.append(&mut os.parents);
        os.parents = clones;
        if os.name.is_empty() {
            os.name =
                if os.name_english.is_empty() { os.id.clone() } else { os.name_english.clone() };
        }
        Some(os)
    }

    fn os_name(&mut self, os: &mut Os, tag: &BytesStart<'x>, open: bool) -> Option<()> {
        let lang = attr(tag, "xml:lang");
        let Some(rank) = self.languages.rank(lang.as_deref()) else { return self.skip(tag, open) };
        let text = self.text(open)?;
        if lang.is_none() {
            os.name_english.clone_from(&text);
        }
        if rank < self.name_rank {
            self.name_rank = rank;
            os.name = text;
        }
        Some(())
    }

    fn variant(&mut self, open: bool) -> Option<String> {
        let (mut best, mut name) = (usize::MAX, String::new());
        while let Step::Child(child, open) = self.within(open)? {
            let lang = attr(&child, "xml:lang");
            match self.languages.rank(lang.as_deref()) {
                Some(rank) if rank < best && child.name().as_ref() == "name" => {
                    (best, name) = (rank, self.text(open)?);
                }
                _ => self.skip(&child, open)?,
            }
        }
        Some(name)
    }

    fn devices(&mut self, os: &mut Os) -> Option<()> {
        loop {
            match self.step()? {
                Step::Child(child, open) => {
                    if let Some(id) = attr(&child, "id") {
                        os.devices.push((id, flag(&child, "supported", true)));
                    }
                    self.skip(&child, open)?;
                }
                Step::End => return Some(()),
            }
        }
    }

    fn resources(&mut self, tag: &BytesStart<'x>, open: bool) -> Option<ResourceSet> {
        let mut set = ResourceSet {
            arch: attr(tag, "arch").unwrap_or_else(|| "all".to_owned()),
            inherit: flag(tag, "inherit", false),
            ..ResourceSet::default()
        };
        while let Step::Child(child, open) = self.within(open)? {
            match child.name().as_ref() {
                "minimum" => set.minimum = self.amounts(open)?,
                "recommended" => set.recommended = self.amounts(open)?,
                "network-install" => set.network_install = self.amounts(open)?,
                _ => self.skip(&child, open)?,
            }
        }
        Some(set)
    }

    fn amounts(&mut self, open: bool) -> Option<Resources> {
        let mut amounts = Resources::default();
        while let Step::Child(child, open) = self.within(open)? {
            match child.name().as_ref() {
                "n-cpus" => amounts.cpus = self.text(open)?.parse().ok(),
                "ram" => amounts.memory = self.text(open)?.parse().ok(),
                "storage" => amounts.storage = self.text(open)?.parse().ok(),
                _ => self.skip(&child, open)?,
            }
        }
        Some(amounts)
    }

    fn media(&mut self, tag: &BytesStart<'x>, open: bool) -> Option<Media> {
        let mut media = Media {
            arch: attr(tag, "arch").unwrap_or_else(|| "all".to_owned()),
            live: flag(tag, "live", false),
            installer: flag(tag, "installer", true),
            installer_reboots: attr(tag, "installer-reboots")
                .and_then(|n| n.parse().ok())
                .unwrap_or(1),
            eject_after_install: flag(tag, "eject-after-install", true),
            variants: Vec::new(),
            volume_id: None,
            system_id: None,
            publisher_id: None,
            application_id: None,
            volume_size: None,
        };
        while let Step::Child(child, open) = self.within(open)? {
            match child.name().as_ref() {
                "variant" => {
                    media.variants.extend(attr(&child, "id"));
                    self.skip(&child, open)?;
                }
                "iso" if open => self.iso(&mut media)?,
                _ => self.skip(&child, open)?,
            }
        }
        Some(media)
    }

    fn iso(&mut self, media: &mut Media) -> Option<()> {
        loop {
            match self.step()? {
                Step::Child(child, open) => {
                    let slot = match child.name().as_ref() {
                        "volume-id" => &mut media.volume_id,
                        "system-id" => &mut media.system_id,
                        "publisher-id" => &mut media.publisher_id,
                        "application-id" => &mut media.application_id,
                        "volume-size" => {
                            media.volume_size = self.text(open)?.parse().ok();
                            continue;
                        }
                        _ => {
                            self.skip(&child, open)?;
                            continue;
                        }
                    };
                    *slot = Some(Pattern::new(&self.text(open)?));
                }
                Step::End => return Some(()),
            }
        }
    }
}

fn attr(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok().flatten()?;
    quick_xml::escape::unescape(&attribute.value).ok().map(std::borrow::Cow::into_owned)
}

fn flag(tag: &BytesStart<'_>, name: &str, default: bool) -> bool {
    attr(tag, name).map_or(default, |value| value == "true")
}
