use std::{cell::Cell, rc::Rc};

use relm4::{Component, ComponentController, adw, adw::prelude::*, gtk};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{HostDialog, HostDialogInit, HostDialogOutput, auth_dialog};
use crate::{
    backend::{CredentialField, Prompt, PromptAnswer, PromptRequest},
    model::{ConnectionId, Secret},
    ui::testing::{context, find, press, run, shows, wait_until, window},
};

fn entry(root: &impl IsA<gtk::Widget>, title: &str) -> adw::EntryRow {
    find::<adw::EntryRow>(root, |row| row.title() == title)
        .unwrap_or_else(|| panic!("no field “{title}”"))
}

fn choose(root: &impl IsA<gtk::Widget>, title: &str, position: u32) {
    find::<adw::ComboRow>(root, |row| row.title() == title).unwrap().set_selected(position);
}

fn can_add(root: &impl IsA<gtk::Widget>) -> bool {
    find::<gtk::Button>(root, |button| button.label().as_deref() == Some("Add"))
        .unwrap()
        .is_sensitive()
}

#[test]
fn a_connection_is_checked_as_it_is_typed_and_added() {
    run(|| {
        let (context, _prompts) = context();
        let parent = window(&adw::Bin::new());
        let saved = Rc::new(Cell::new(None));
        let dialog = HostDialog::builder()
            .launch(HostDialogInit { context: context.clone(), host: None })
            .connect_receiver({
                let saved = saved.clone();
                move |_, output| {
                    if let HostDialogOutput::Saved(id) = output {
                        saved.set(Some(id));
                    }
                }
            });
        let root = dialog.widget().clone();
        root.present(Some(&parent));
        wait_until("the preview", || shows(&root, "qemu:///system"));
        assert!(can_add(&root));
        choose(&root, "Location", 1);
        wait_until("a host to be asked for", || !can_add(&root));
        entry(&root, "Host name or address").set_text("-oProxyCommand=x");
        wait_until("the refusal", || shows(&root, "cannot begin with “-”"));
        assert!(entry(&root, "Host name or address").has_css_class("error"));
        entry(&root, "Host name or address").set_text("inn");
        entry(&root, "User name (optional)").set_text("ana");
        wait_until("the preview", || shows(&root, "qemu+ssh://ana@inn/system"));
        wait_until("the proposed name", || entry(&root, "Name").text() == "inn");
        choose(&root, "Location", 3);
        wait_until("the warning", || shows(&root, "not encrypted"));
        choose(&root, "Location", 1);
        wait_until("the way back", can_add_again(&root));
        press(&root, "Add");
        wait_until("the answer", || saved.get().is_some());
        let host = context.host(saved.get().unwrap()).unwrap();
        assert_eq!((host.name.as_str(), host.uri.as_str()), ("inn", "qemu+ssh://ana@inn/system"));
        parent.destroy();
    });
}

fn can_add_again(root: &adw::Dialog) -> impl Fn() -> bool + use<'_> {
    || can_add(root) && shows(root, "qemu+ssh://ana@inn/system")
}

#[test]
fn any_uri_says_where_it_is_wrong_and_editing_starts_from_what_is_kept() {
    run(|| {
        let (context, _prompts) = context();
        let parent = window(&adw::Bin::new());
        let uri = "qemu+ssh://ana@inn/system?no_verify=1".to_owned();
        let id = context.add_host("Inn".to_owned(), uri, true);
        let dialog = HostDialog::builder()
            .launch(HostDialogInit { context: context.clone(), host: Some(id) })
            .detach();
        let root = dialog.widget().clone();
        root.present(Some(&parent));
        wait_until("the form", || {
            find::<adw::EntryRow>(&root, |row| row.title() == "URI").is_some()
        });
        let field = entry(&root, "URI");
        assert_eq!(field.text(), "qemu+ssh://ana@inn/system?no_verify=1");
        field.set_text("qemu+ssh://ana@inn/sys tem");
        wait_until("the place", || shows(&root, "Character 23"));
        field.set_text("test:///default");
        entry(&root, "Name").set_text("Test");
        wait_until("the right", || !shows(&root, "Character"));
        press(&root, "Save");
        wait_until("the change", || context.host(id).is_some_and(|host| host.name == "Test"));
        assert_eq!(context.host(id).unwrap().uri, "test:///default");
        parent.destroy();
    });
}

fn ask(prompt: Prompt, parent: &adw::ApplicationWindow) -> oneshot::Receiver<Option<PromptAnswer>> {
    let (reply, answer) = oneshot::channel();
    let connection = ConnectionId(Uuid::new_v4());
    let request = PromptRequest { connection, prompt, again: false, reply };
    auth_dialog::ask(parent.upcast_ref(), "Inn", request, || {});
    answer
}

/// Waits for the answer, which must be `expected`.
fn wait_for(answer: &mut oneshot::Receiver<Option<PromptAnswer>>, expected: Option<PromptAnswer>) {
    let got = std::cell::RefCell::new(None);
    let answer = std::cell::RefCell::new(answer);
    wait_until("the answer", || {
        let mut got = got.borrow_mut();
        *got = answer.borrow_mut().try_recv().ok();
        got.is_some()
    });
    assert_eq!(got.into_inner(), Some(expected));
}

#[test]
fn what_a_host_asks_is_answered_in_a_dialog() {
    run(|| {
        let parent = window(&adw::Bin::new());
        let field = |label: &str, secret| CredentialField {
            label: label.to_owned(),
            secret,
            default: String::new(),
        };
        let fields = vec![field("Username:", false), field("<b>Password", true)];
        let mut answer = ask(Prompt::Credentials(fields), &parent);
        wait_until("the question", || shows(&parent, "Sign In to “Inn”"));
        entry(&parent, "Username").set_text("ana");
        entry(&parent, "<b>Password").set_text("s3cret");
        press(&parent, "Sign In");
        let values = |text: &str| Secret::new(text.to_owned());
        wait_for(&mut answer, Some(PromptAnswer::Values(vec![values("ana"), values("s3cret")])));

        let text = "ED25519 key fingerprint is SHA256:abc.".to_owned();
        let mut answer = ask(Prompt::SshConfirm { text }, &parent);
        wait_until("the fingerprint", || shows(&parent, "SHA256:abc"));
        press(&parent, "Do Not Trust");
        wait_for(&mut answer, Some(PromptAnswer::No));

        let text = "ana@inn's password:".to_owned();
        let mut answer = ask(Prompt::SshSecret { text }, &parent);
        wait_until("the question", || shows(&parent, "The password of “ana@inn”"));
        press(&parent, "Cancel");
        wait_for(&mut answer, None);
        parent.destroy();
    });
}

#[test]
fn a_question_whose_asker_gave_up_goes_away() {
    run(|| {
        let parent = window(&adw::Bin::new());
        let answer = ask(Prompt::SshSecret { text: "inn's password:".to_owned() }, &parent);
        wait_until("the question", || shows(&parent, "The password of “inn”"));
        drop(answer);
        wait_until("the end", || !shows(&parent, "The password of “inn”"));
        parent.destroy();
    });
}
