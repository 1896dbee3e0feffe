//! What a document says, without a word on how it looks.

/// A document. Empty texts and lists leave no trace on the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Title, for example 薬剤情報.
    pub title: String,
    /// Whom and what it is about, in one line; stands beside the title at the top of each later page.
    pub running: String,
    /// The person: name, kana, birth date, sex, age, insurer and so on, two in a line.
    pub person: Vec<Entry>,
    /// The time that the data cover, as it shall be read; labelled 対象期間.
    pub period: String,
    /// When the document was made, as it shall be read; labelled 作成日時.
    pub made_at: String,
    /// The content. Without any, the document says that there is none.
    pub sections: Vec<Section>,
}

/// A label with its value, for example 氏名 and a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

impl Entry {
    /// Pairs a label with a value.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// Tables under one heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Heading, for example a month or the date of an examination; also the bookmark.
    pub heading: String,
    /// Second heading, for example the institution and the pharmacy.
    pub subheading: String,
    /// The tables, from top to bottom.
    pub tables: Vec<Table>,
}

/// A table. A row has as many cells as the table has columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Text above the table.
    pub caption: String,
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows; a line feed in a cell starts a new line.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Text at the head of the column.
    pub heading: String,
    /// Width, in proportion to the sum of the table's shares; 0 counts as 1.
    pub share: u16,
    /// Where the text of head and cells stands.
    pub align: Align,
}

impl Column {
    /// A column whose text stands at the left.
    pub fn new(heading: impl Into<String>, share: u16) -> Self {
        Self { heading: heading.into(), share, align: Align::Left }
    }

    /// The same column with its text at the right, as amounts stand.
    #[must_use]
    pub fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// The same column with its text in the middle.
    #[must_use]
    pub fn center(self) -> Self {
        Self { align: Align::Center, ..self }
    }
}

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
}
