//! The same of a guest of which only its screen's server is known: what an open
//! console tells by itself.

use super::{Choices, Feature, Link, Part, ScreenProtocol, Seen, Setting, SoundSeen};

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// What the server speaks.
    pub protocol: ScreenProtocol,
    /// What the open console has found.
    pub seen: &'a Seen,
    /// What the user has chosen.
    pub choices: Choices,
}

/// The first link that is missing, for each feature that shows from outside.
#[must_use]
pub fn check_served(served: Served<'_>) -> Vec<(Feature, Link)> {
    let told = |feature| Some((feature, served.link(feature)?.err().unwrap_or(Link::Works)));
    Feature::ALL.into_iter().filter_map(told).collect()
}

/// Nothing, or the link that is missing.
type Found = Result<(), Link>;

impl Served<'_> {
    /// Nothing for what nobody can tell.
    fn link(&self, feature: Feature) -> Option<Found> {
        let Self { seen, choices, .. } = self;
        let spice = self.protocol == ScreenProtocol::Spice;
        let agent = |does: bool| there(does, if spice { Link::Unheard } else { Link::Unoffered });
        let carried = |part: Part, is_there: bool| {
            there(spice, Link::Unoffered).and(there(is_there, Link::Lacks(part)))
        };
        let hands = there(!choices.view_only, Link::ViewOnly);
        Some(match feature {
            Feature::Clipboard => {
                let by_hand = Link::Setting(Setting::ClipboardByHand);
                agent(seen.clipboard).and(hands).and(there(!choices.clipboard_by_hand, by_hand))
            }
            Feature::Resize => {
                let scaled = Link::Setting(Setting::NotResized);
                agent(seen.resize).and(hands).and(there(choices.resize, scaled))
            }
            Feature::Sound => self.sound(spice),
            Feature::Files => agent(seen.files).and(hands),
            Feature::Folder => carried(Part::FolderChannel, seen.folder).and(hands),
            Feature::Usb => carried(Part::Redirection, seen.redirection)
                .and(there(seen.usb_problem.is_empty(), Link::Here(seen.usb_problem.clone())))
                .and(hands),
            Feature::Cards => carried(Part::CardReader, seen.card_reader || !seen.cards)
                .and(there(seen.cards, Link::Here(String::new())))
                .and(hands),
            Feature::Pointer => there(seen.absolute, Link::Lacks(Part::Tablet)).and(hands),
            Feature::Agent => return None,
        })
    }

    fn sound(&self, spice: bool) -> Found {
        match &self.seen.sound {
            SoundSeen::Absent if spice => Err(Link::Lacks(Part::Sound)),
            SoundSeen::Absent => Err(Link::Unoffered),
            SoundSeen::Unplayable(why) => Err(Link::Here(why.clone())),
            SoundSeen::Expected | SoundSeen::Played => {
                there(!self.choices.muted, Link::Setting(Setting::Muted))
            }
        }
    }
}

fn there(is_there: bool, missing: Link) -> Found {
    if is_there { Ok(()) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::seen, *};

    fn all(protocol: ScreenProtocol, seen: &Seen, choices: Choices) -> Vec<Link> {
        let served = Served { protocol, seen, choices };
        check_served(served).into_iter().map(|(_, link)| link).collect()
    }

    #[test]
    fn what_a_server_does_not_show_is_missing() {
        let nothing = Seen { cards: true, ..Seen::default() };
        assert_eq!(
            all(ScreenProtocol::Spice, &nothing, Choices::default()),
            [
                Link::Unheard,
                Link::Unheard,
                Link::Lacks(Part::Sound),
                Link::Unheard,
                Link::Lacks(Part::FolderChannel),
                Link::Lacks(Part::Redirection),
                Link::Lacks(Part::CardReader),
                Link::Lacks(Part::Tablet),
            ]
        );
        let vnc = all(ScreenProtocol::Vnc, &nothing, Choices::default());
        assert_eq!(vnc.iter().filter(|link| **link == Link::Unoffered).count(), 7);
    }

    #[test]
    fn what_the_user_has_chosen_comes_last() {
        let seen = seen();
        let choices = Choices { resize: true, ..Choices::default() };
        let fine = all(ScreenProtocol::Spice, &seen, choices);
        assert!(fine.iter().all(|link| *link == Link::Works), "{fine:?}");
        let choices = Choices { muted: true, clipboard_by_hand: true, ..Choices::default() };
        let kept = all(ScreenProtocol::Spice, &seen, choices);
        let settings = [Setting::ClipboardByHand, Setting::NotResized, Setting::Muted];
        assert_eq!(kept[..3], settings.map(Link::Setting));
    }
}
