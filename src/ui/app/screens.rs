//! Screens without a host behind them: named by a file or an address.

use relm4::{Component, ComponentController, ComponentSender, Controller, adw::prelude::*};

use super::{App, AppInput};
use crate::{
    cli::ScreenSource,
    model::Viewer,
    ui::guest::viewer::{OpenError, ViewerWindow, describe, open},
};

/// The open screens, by the numbers of their windows.
#[derive(Debug, Default)]
pub(super) struct Screens {
    windows: Vec<(u64, Controller<ViewerWindow>)>,
    last: u64,
}

impl Screens {
    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }
}

impl App {
    /// Reads what names a screen.
    pub(super) fn show_screen(source: ScreenSource, sender: &ComponentSender<Self>) {
        let input = sender.input_sender().clone();
        relm4::spawn_local(async move {
            input.emit(AppInput::ScreenRead(Box::new(open(source).await)));
        });
    }

    /// Opens its window, or says why there is none.
    pub(super) fn screen_read(
        &mut self,
        read: Result<Viewer, OpenError>,
        sender: &ComponentSender<Self>,
    ) {
        let Some(context) = &self.context else { return };
        let viewer = match read {
            Ok(viewer) => viewer,
            Err(error) => {
                let message = describe(&error);
                let text = [message.body, message.detail].join("\n\n");
                return self.refuse(&message.title, text.trim_end());
            }
        };
        self.screens.last += 1;
        let number = self.screens.last;
        let window = ViewerWindow::builder()
            .launch((viewer, context.settings.clone()))
            .forward(sender.input_sender(), move |()| AppInput::ScreenClosed(number));
        relm4::main_application().add_window(window.widget());
        window.widget().present();
        self.screens.windows.push((number, window));
    }

    /// Forgets a closed screen; the program ends with its last window.
    pub(super) fn screen_closed(&mut self, number: u64) {
        self.screens.windows.retain(|(known, _)| *known != number);
        self.end_without_windows();
    }
}
