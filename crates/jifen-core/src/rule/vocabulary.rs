//! The closed words of rule files: dimensions, subjects, parties, credits and measures.

use minicbor::{Decode, Encode};

macro_rules! words {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them, in the order of their numbers.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The word of rule files and listings.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// Reads the word of [`Self::name`].
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == text)
            }
        }
    };
}

/// What a rule is meant to further; boards can be read by it.
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

words!(Dimension {
    Efficiency = "efficiency",
    Quality = "quality",
    Innovation = "innovation",
    Collaboration = "collaboration",
});

/// Who gets the points.
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

words!(SubjectKind { Person = "person", Window = "window", Department = "department", Hall = "hall" });

/// Which side of a fact with two sides (a data share) gets the points.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Party {
    /// The fact's own place and person.
    #[n(0)]
    Own,
    /// 提供方.
    #[n(1)]
    Provider,
    /// 接收方.
    #[n(2)]
    Receiver,
    /// Each of the two sides in full.
    #[n(3)]
    Both,
}

words!(Party { Own = "self", Provider = "provider", Receiver = "receiver", Both = "both" });

/// Which person of a fact is credited.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Credit {
    /// Who served.
    #[n(0)]
    Served,
    /// Named by the last event that names a person.
    #[n(1)]
    Last,
    /// Named by the first event that names a person.
    #[n(2)]
    First,
    /// The case's owner.
    #[n(3)]
    Owner,
    /// Named by the ending event itself.
    #[n(4)]
    Ender,
    /// Split exactly over the shares.
    #[n(5)]
    Shares,
}

words!(Credit {
    Served = "served",
    Last = "last",
    First = "first",
    Owner = "owner",
    Ender = "ender",
    Shares = "shares",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for word in Credit::ALL {
            assert_eq!(Credit::parse(word.name()), Some(word));
        }
        assert_eq!(Party::parse("self"), Some(Party::Own));
        assert_eq!(SubjectKind::parse("Person"), None);
        assert_eq!(Dimension::ALL.len(), 4);
    }
}
