//! Stage 5, rules (placeholder until branch `rules` lands).
use minicbor::{Decode, Encode};

/// The four dimensions of points.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Dimension {
    /// 效率.
    #[n(0)]
    Efficiency,
    /// 质量.
    #[n(1)]
    Quality,
    /// 创新.
    #[n(2)]
    Innovation,
    /// 协同.
    #[n(3)]
    Collaboration,
}

/// Whose points a rule gives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum SubjectKind {
    /// 人员.
    #[n(0)]
    Person,
    /// 窗口.
    #[n(1)]
    Window,
    /// 部门.
    #[n(2)]
    Department,
    /// 大厅.
    #[n(3)]
    Hall,
}

impl Dimension {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Efficiency, Self::Quality, Self::Innovation, Self::Collaboration];
    /// The word of rule files and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Efficiency => "efficiency",
            Self::Quality => "quality",
            Self::Innovation => "innovation",
            Self::Collaboration => "collaboration",
        }
    }
    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == text)
    }
}

impl SubjectKind {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Person, Self::Window, Self::Department, Self::Hall];
    /// The word of rule files and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Window => "window",
            Self::Department => "department",
            Self::Hall => "hall",
        }
    }
    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }
}
