//! A live picture on the alternate screen, which is left as it was found.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::Sender;
use std::thread;

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::{cursor, queue, terminal};

use crate::follow::Update;

/// The alternate screen. Dropping it brings back what was there.
pub(crate) struct Canvas {
    keys: bool,
    drawn: Vec<String>,
}

impl Canvas {
    /// Takes the screen, and tells of keys and of changes in size.
    pub(crate) fn open(sender: &Sender<Update>) -> anyhow::Result<Self> {
        let keys = io::stdin().is_terminal();
        if keys {
            terminal::enable_raw_mode()?;
            let sender = sender.clone();
            thread::spawn(move || listen(&sender));
        }
        let mut out = io::stdout();
        queue!(out, terminal::EnterAlternateScreen, cursor::Hide, terminal::Clear(terminal::ClearType::All))?;
        out.flush()?;
        Ok(Self { keys, drawn: Vec::new() })
    }

    /// Columns and rows.
    pub(crate) fn size() -> (usize, usize) {
        terminal::size().map_or((80, 24), |(columns, rows)| (usize::from(columns), usize::from(rows)))
    }

    /// Forgets what is on the screen, so that everything is drawn anew.
    pub(crate) fn forget(&mut self) {
        self.drawn.clear();
    }

    /// Shows these lines; only those that differ are written.
    pub(crate) fn draw(&mut self, lines: Vec<String>) -> anyhow::Result<()> {
        let colours = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        let mut out = io::stdout().lock();
        if self.drawn.is_empty() {
            queue!(out, terminal::Clear(terminal::ClearType::All))?;
        }
        for (row, line) in lines.iter().enumerate().filter(|(row, line)| self.drawn.get(*row) != Some(*line))
        {
            queue!(out, cursor::MoveTo(0, u16::try_from(row).unwrap_or(u16::MAX)))?;
            match colours {
                true => write!(out, "{line}")?,
                false => write!(out, "{}", anstream::adapter::strip_str(line))?,
            }
            queue!(out, terminal::Clear(terminal::ClearType::UntilNewLine))?;
        }
        if lines.len() < self.drawn.len() {
            queue!(out, cursor::MoveTo(0, u16::try_from(lines.len()).unwrap_or(u16::MAX)))?;
            queue!(out, terminal::Clear(terminal::ClearType::FromCursorDown))?;
        }
        out.flush()?;
        self.drawn = lines;
        Ok(())
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        let mut out = io::stdout();
        let _ = queue!(out, cursor::Show, terminal::LeaveAlternateScreen);
        let _ = out.flush();
        if self.keys {
            let _ = terminal::disable_raw_mode();
        }
    }
}

fn listen(sender: &Sender<Update>) {
    while let Ok(event) = event::read() {
        let update = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => match key.code {
                KeyCode::Char('q') | KeyCode::Esc => Update::Stop,
                KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Update::Stop,
                _ => continue,
            },
            Event::Resize(..) => Update::Resized,
            _ => continue,
        };
        if sender.send(update).is_err() {
            return;
        }
    }
}
