//! Reads a shell command line: its commands, word by word, as far as one must to know what is started.
//!
//! Quotes, escapes, comments, redirections, substitutions and here-documents are followed, since each of them may hide a
//! command or look like one. Nothing is expanded: a word whose value only the shell knows says so.

/// A command line, read.
#[derive(Default)]
pub(super) struct Line {
    /// Every command, also those in substitutions.
    pub(super) commands: Vec<Vec<Word>>,
    /// The texts of here-documents.
    pub(super) texts: Vec<String>,
    /// Whether it ended where it should: else it was misunderstood, or is none.
    pub(super) whole: bool,
}

/// A word, without its quotes.
#[derive(Clone, Default, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether only the shell knows all of it.
    pub(super) varies: bool,
}

impl Word {
    /// Whether a command may follow in the same place.
    pub(super) fn leads(&self) -> bool {
        LEADING.split(' ').any(|word| word == self.text) || self.assigns()
    }

    fn assigns(&self) -> bool {
        let name = self.text.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'))
    }
}

/// Words in front of a command: of the shell's own language, and of programs that start another.
const LEADING: &str = "{ ! if then elif else do while until time command exec builtin nohup env sudo nice";
/// Substitutions within each other that are followed.
const DEEPEST: usize = 32;

/// Reads a command line.
pub(super) fn read(line: &str) -> Line {
    let mut reader = Reader {
        letters: line.chars().collect(),
        at: 0,
        depth: 0,
        line: Line { whole: true, ..Line::default() },
        awaited: Vec::new(),
    };
    reader.list(None);
    reader.line
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    depth: usize,
    line: Line,
    /// Here-documents that begin with the next line: their last lines, and whether tabs before those count for nothing.
    awaited: Vec<(String, bool)>,
}

/// The command that is being read.
#[derive(Default)]
struct Current {
    words: Vec<Word>,
    word: Option<Word>,
    /// The next word names a file.
    names_file: bool,
    /// `case … esac` within each other, in which a bracket closes a pattern.
    cases: usize,
}

impl Current {
    fn letter(&mut self, letter: char) {
        self.word().text.push(letter);
    }

    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.names_file) {
            return;
        }
        if self.words.iter().all(Word::leads) {
            match word.text.as_str() {
                "case" => self.cases += 1,
                "esac" => self.cases = self.cases.saturating_sub(1),
                _ => {}
            }
        }
        self.words.push(word);
    }

    /// Whether this letter closes the list that is read.
    fn is_closed_by(&mut self, letter: char, closing: Option<char>) -> bool {
        if closing != Some(letter) {
            return false;
        }
        self.end_word();
        letter != ')' || self.cases == 0
    }

    fn end(&mut self) -> Option<Vec<Word>> {
        self.end_word();
        self.names_file = false;
        Some(std::mem::take(&mut self.words)).filter(|words| !words.is_empty())
    }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn take(&mut self, letter: char) -> bool {
        let is = self.peek() == Some(letter);
        self.at += usize::from(is);
        is
    }

    fn take_while(&mut self, mut fits: impl FnMut(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.peek().filter(|letter| fits(*letter)) {
            taken.push(letter);
            self.at += 1;
        }
        taken
    }

    fn give_up(&mut self) {
        self.line.whole = false;
        self.at = self.letters.len();
    }

    /// Commands up to the closing letter, or to the end of all.
    fn list(&mut self, closing: Option<char>) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.give_up();
        }
        let mut current = Current::default();
        loop {
            let letter = self.next();
            if letter.is_none() && closing.is_some() {
                self.line.whole = false;
            }
            match letter {
                None => break,
                Some(letter) if current.is_closed_by(letter, closing) => break,
                Some(letter) => self.step(letter, &mut current),
            }
        }
        self.line.commands.extend(current.end());
        self.depth -= 1;
    }

    fn step(&mut self, letter: char, current: &mut Current) {
        match letter {
            '\n' | ';' | '|' | ')' => self.end(letter, current),
            '&' if self.peek() != Some('>') => self.end(letter, current),
            // `&>`: the sign that follows does it.
            '&' => {}
            '(' => {
                self.end(letter, current);
                self.list(Some(')'));
            }
            '`' => {
                current.word().varies = true;
                self.list(Some('`'));
            }
            '<' | '>' => self.redirection(letter, current),
            '#' if current.word.is_none() => drop(self.take_while(|letter| letter != '\n')),
            '\\' => self.escaped(current),
            '\'' => self.quoted(current),
            '"' => self.double_quoted(current),
            '$' => self.dollar(current, false),
            letter if letter.is_whitespace() => current.end_word(),
            letter => current.letter(letter),
        }
    }

    fn end(&mut self, letter: char, current: &mut Current) {
        self.line.commands.extend(current.end());
        if letter == '\n' {
            for (last, tabs) in std::mem::take(&mut self.awaited) {
                self.here_document(&last, tabs);
            }
        }
    }

    fn escaped(&mut self, current: &mut Current) {
        match self.next() {
            // The line goes on.
            None | Some('\n') => {}
            Some(letter) => current.letter(letter),
        }
    }

    fn quoted(&mut self, current: &mut Current) {
        let text = self.take_while(|letter| letter != '\'');
        current.word().text.push_str(&text);
        if !self.take('\'') {
            self.give_up();
        }
    }

    fn double_quoted(&mut self, current: &mut Current) {
        current.word();
        loop {
            match self.next() {
                None => return self.give_up(),
                Some('"') => return,
                Some('\\') => self.escaped(current),
                Some('$') => self.dollar(current, true),
                Some('`') => {
                    current.word().varies = true;
                    self.list(Some('`'));
                }
                Some(letter) => current.letter(letter),
            }
        }
    }

    /// What follows a dollar sign.
    fn dollar(&mut self, current: &mut Current, in_quotes: bool) {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                current.word().varies = true;
                self.list(Some(')'));
            }
            Some('{') => {
                self.at += 1;
                current.word().varies = true;
                self.parameter();
            }
            Some('\'') if !in_quotes => {
                self.at += 1;
                self.c_quoted(current);
            }
            // `$"…"` is quoted as any other.
            Some('"') if !in_quotes => {}
            Some(letter) if letter.is_alphanumeric() || "_@*?!#$-".contains(letter) => {
                current.word().varies = true;
                self.at += 1;
                if letter.is_alphabetic() || letter == '_' {
                    self.take_while(|letter| letter.is_alphanumeric() || letter == '_');
                }
            }
            _ => current.letter('$'),
        }
    }

    /// `${…}`, of which only its end matters, and what is substituted in it.
    fn parameter(&mut self) {
        let mut inner = Current::default();
        loop {
            match self.next() {
                None => return self.give_up(),
                Some('}') => return,
                Some('\\') => self.escaped(&mut inner),
                Some('\'') => self.quoted(&mut inner),
                Some('"') => self.double_quoted(&mut inner),
                Some('$') => self.dollar(&mut inner, false),
                Some('`') => self.list(Some('`')),
                Some(_) => {}
            }
        }
    }

    /// `$'…'`, in which a backslash may write any letter.
    fn c_quoted(&mut self, current: &mut Current) {
        current.word();
        loop {
            match self.next() {
                None => return self.give_up(),
                Some('\'') => return,
                Some('\\') => {
                    current.word().varies = true;
                    self.next();
                }
                Some(letter) => current.letter(letter),
            }
        }
    }

    fn redirection(&mut self, sign: char, current: &mut Current) {
        let word = current.word.as_ref();
        if word.is_some_and(|word| !word.varies && word.text.chars().all(|letter| letter.is_ascii_digit())) {
            // The number of what is redirected.
            current.word = None;
        }
        current.end_word();
        if self.take('(') {
            current.word().varies = true;
            self.list(Some(')'));
        } else if sign == '<' && self.take('<') {
            // The word after `<<<` is a text, and stays.
            if !self.take('<') {
                self.await_here_document();
            }
        } else {
            let _ = self.take(sign) || self.take('&') || self.take('|') || self.take('>');
            current.names_file = true;
        }
    }

    fn await_here_document(&mut self) {
        let tabs = self.take('-');
        self.take_while(|letter| letter == ' ' || letter == '\t');
        let mut quote = None;
        let last = self.take_while(|letter| match quote {
            Some(open) => {
                quote = quote.filter(|_| letter != open);
                letter != '\n'
            }
            None => {
                quote = Some(letter).filter(|letter| matches!(letter, '\'' | '"'));
                !letter.is_whitespace() && !";&|<>()".contains(letter)
            }
        });
        self.awaited.push((last.replace(['\'', '"', '\\'], ""), tabs));
    }

    fn here_document(&mut self, last: &str, tabs: bool) {
        let mut text = String::new();
        while self.peek().is_some() {
            let line = self.take_while(|letter| letter != '\n');
            self.take('\n');
            let bare = if tabs { line.trim_start_matches('\t') } else { &line };
            if bare == last {
                break;
            }
            text.push_str(&line);
            text.push('\n');
        }
        self.line.texts.push(text);
    }
}
