//! The region at a glance: what the pages need before anything else.

use jifen_core::{
    engine::Region,
    rule::{Dimension, SubjectKind},
    time::Instant,
};
use jifen_store::{Database, RegionRow};
use serde::{Deserialize, Serialize};

use super::{ReadError, names::SubjectKindWord, resident};
use crate::auth::Permission;

/// A region.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Region)]
pub struct RegionView {
    /// Code.
    pub code: String,
    /// Name; the code where nobody gave one.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// Journal position of the last commit.
    pub head_position: u64,
    /// Whether the data is simulated.
    pub simulated: bool,
    /// Whether any rule in force today came without a committee's approval.
    pub without_approval: bool,
    /// Whether a recalculation is under way.
    pub recalculating: bool,
    /// First business date of any booked fact.
    #[schema(required = true)]
    pub first_date: Option<String>,
    /// Last business date of any booked fact.
    #[schema(required = true)]
    pub last_date: Option<String>,
    /// Halls.
    pub halls: Vec<CodeName>,
    /// Dimensions.
    pub dimensions: Vec<DimensionName>,
    /// Rules, the newest version of each.
    pub rules: Vec<RuleSummary>,
    /// The key that asked.
    pub key: KeyView,
}

/// Something with a code and a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CodeName {
    /// Code.
    pub code: String,
    /// Name; the code where nobody gave one.
    pub name: String,
}

/// A dimension in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Dimension)]
pub struct DimensionName {
    /// Word of the API.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A rule in short.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuleSummary {
    /// Rule id.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title; the Chinese one where there is none.
    pub title_en: String,
    /// Dimension.
    pub dimension: String,
    /// Whose points it gives.
    #[schema(value_type = SubjectKindWord)]
    pub subject: String,
    /// `day`, `week` …; `null` for rules on single facts.
    #[schema(required = true)]
    pub period: Option<String>,
    /// The whole rule as one Chinese sentence.
    pub sentence_zh: String,
    /// The same in English.
    pub sentence_en: String,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = KeyHolder)]
pub struct KeyView {
    /// The key's name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Code of the person whose account it is.
    #[schema(required = true)]
    pub person: Option<String>,
    /// What it may do, by name; over what is in the answers.
    pub permissions: Vec<Permission>,
}

/// Regards the region.
///
/// # Errors
/// Store faults.
pub fn regard(
    database: &Database,
    row: &RegionRow,
    region: &Region,
    key: KeyView,
    now: Instant,
) -> Result<RegionView, ReadError> {
    let today = region.organisation().zone().date(now);
    let settings = resident::settings(region);
    let dates = database.dates(row.id)?;
    Ok(RegionView {
        code: row.code.clone(),
        name: settings.name.unwrap_or_else(|| row.code.clone()),
        time_zone: resident::zone_name(region),
        head_position: database.head(row.id)?.journal,
        simulated: settings.simulated,
        without_approval: region.versions().in_force(today).any(|version| version.draft.is_none()),
        recalculating: region.pending().is_some(),
        first_date: dates.map(|(first, _)| first.to_string()),
        last_date: dates.map(|(_, last)| last.to_string()),
        halls: resident::places(region, SubjectKind::Hall),
        dimensions: Dimension::ALL.iter().copied().map(dimension_name).collect(),
        rules: resident::newest_rules(region),
        key,
    })
}

fn dimension_name(dimension: Dimension) -> DimensionName {
    let (zh, en) = match dimension {
        Dimension::Efficiency => ("效率", "efficiency"),
        Dimension::Quality => ("质量", "quality"),
        Dimension::Innovation => ("创新", "innovation"),
        Dimension::Collaboration => ("协同", "collaboration"),
    };
    DimensionName { code: dimension.name().to_owned(), zh: zh.to_owned(), en: en.to_owned() }
}
