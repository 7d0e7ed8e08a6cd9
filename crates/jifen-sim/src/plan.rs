//! The invented city on paper: halls, departments, windows, matters with their limits, people. Every name is made up.
//!
//! The matters are a table of our own, written after the shape of a county's published catalogue of government service items
//! (department, matter, code); weights, factors and limits are of our own making. See `tables/`.

use serde::Deserialize;

/// How large the city is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Scale {
    /// One small hall and a tax hall: 20 windows. Quick to make; for tests and the commands of the README.
    Small,
    /// Six halls, 34 departments, 200 windows, more than 500 people.
    City,
}

impl Scale {
    /// The word of `--scale` and of the files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::City => "city",
        }
    }
}

/// Hall of the pilot: service times fall there.
pub(crate) const PILOT_HALL: &str = "SW";
/// Hall that the pilot is compared with; the small city has its other hall for that.
pub(crate) const CONTROL_HALL: &str = "CD";
const MAIN_HALL: &str = "ZW";
/// Whose matters the tax branch handles too.
const TAX: &str = "tax";

const HALLS: &str = include_str!("../tables/halls.csv");
const DEPARTMENTS: &str = include_str!("../tables/departments.csv");
const MATTERS: &str = include_str!("../tables/matters.csv");

/// One hall.
#[derive(Clone, Deserialize)]
pub(crate) struct Hall {
    #[serde(rename = "hall")]
    pub(crate) code: String,
    pub(crate) name: String,
}

/// How the sources of a department tell who served.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Presence {
    /// Every call and service names the person.
    Named,
    /// The person signs in at the window in the morning.
    SignedIn,
    /// Only the roster knows.
    Roster,
}

/// One department and how many windows it has.
#[derive(Clone, Deserialize)]
pub(crate) struct Department {
    #[serde(rename = "department")]
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) hall: String,
    pub(crate) windows: usize,
    small: usize,
    /// Whether its queue system names the person; elsewhere the sign-in or the roster says who served.
    pub(crate) presence: Presence,
}

impl Department {
    /// Whose matters its windows handle.
    pub(crate) fn matters_of(&self) -> &str {
        if self.hall == CONTROL_HALL { TAX } else { &self.code }
    }
}

/// One matter. Limits are of our own making.
#[derive(Clone)]
pub(crate) struct Matter {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) department: String,
    /// Share of the department's visitors.
    pub(crate) weight: f64,
    /// Time at the counter, relative to the hall's mean.
    pub(crate) factor: f64,
    /// Limits in working days for matters that become a case: promised, statutory.
    pub(crate) limit: Option<(u32, u32)>,
}

#[derive(Deserialize)]
struct MatterRow {
    department: String,
    name: String,
    weight: f64,
    factor: f64,
    promised: Option<u32>,
    statutory: Option<u32>,
}

/// One person or system account.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) code: String,
    pub(crate) name: String,
    /// Index of the department.
    pub(crate) department: usize,
    pub(crate) post: Post,
}

/// Where somebody works.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    /// First (`a`) or second (`b`) at a window, by its index; they take turns by the week.
    Window { window: usize, role: &'static str },
    /// Back office.
    Back,
    /// No human.
    System,
}

/// One window.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) code: String,
    pub(crate) name: String,
    /// Index of the department.
    pub(crate) department: usize,
    /// Indexes of the people of role `a` and `b`.
    pub(crate) people: [usize; 2],
}

/// The city on paper.
pub(crate) struct Plan {
    pub(crate) halls: Vec<Hall>,
    pub(crate) departments: Vec<Department>,
    pub(crate) matters: Vec<Matter>,
    pub(crate) windows: Vec<Window>,
    pub(crate) people: Vec<Person>,
}

/// The account that checks online applications by itself.
pub(crate) const SYSTEM_ACCOUNT: &str = "sys-auto";
/// A code that the approval system uses and nobody has registered: it waits to be identified.
pub(crate) const STRANGER: &str = "temp-07";

impl Plan {
    /// Reads the tables that come with the crate.
    pub(crate) fn of(scale: Scale) -> Result<Self, csv::Error> {
        let mut departments: Vec<Department> = rows(DEPARTMENTS)?;
        if scale == Scale::Small {
            departments.retain(|department| department.small > 0);
            for department in &mut departments {
                department.windows = department.small;
                if department.hall != PILOT_HALL {
                    department.hall = MAIN_HALL.to_owned();
                }
            }
        }
        let mut halls: Vec<Hall> = rows(HALLS)?;
        halls.retain(|hall| departments.iter().any(|department| department.hall == hall.code));
        let mut matters: Vec<Matter> = Vec::new();
        for row in rows::<MatterRow>(MATTERS)? {
            if !departments.iter().any(|department| department.code == row.department) {
                continue;
            }
            let number = matters.iter().filter(|matter| matter.department == row.department).count() + 1;
            matters.push(Matter {
                code: format!("{}-{number:02}", row.department),
                name: row.name,
                department: row.department,
                weight: row.weight,
                factor: row.factor,
                limit: row.promised.zip(row.statutory),
            });
        }
        let (windows, people) = staff(&departments);
        Ok(Self { halls, departments, matters, windows, people })
    }

    /// Department of a window or person, or of its index.
    pub(crate) fn department(&self, index: usize) -> &Department {
        &self.departments[index]
    }

    /// Matters that a department's windows handle.
    pub(crate) fn matters_of(&self, department: usize) -> Vec<&Matter> {
        let code = self.departments[department].matters_of();
        self.matters.iter().filter(|matter| matter.department == code).collect()
    }
}

fn rows<T: for<'de> Deserialize<'de>>(table: &str) -> Result<Vec<T>, csv::Error> {
    csv::Reader::from_reader(table.as_bytes()).deserialize().collect()
}

/// Windows in order, and the people: two for each window, some in each back office, and the system account.
fn staff(departments: &[Department]) -> (Vec<Window>, Vec<Person>) {
    let (mut windows, mut people): (Vec<Window>, Vec<Person>) = (Vec::new(), Vec::new());
    let hire = |people: &mut Vec<Person>, department: usize, post: Post| {
        let index = people.len();
        people.push(Person { code: format!("G{}", 1001 + index), name: name(index), department, post });
        index
    };
    for (index, department) in departments.iter().enumerate() {
        for _ in 0..department.windows {
            let window = windows.len();
            let here = |other: &&Window| departments[other.department].hall == department.hall;
            let number = windows.iter().filter(here).count() + 1;
            let pair = ["a", "b"].map(|role| hire(&mut people, index, Post::Window { window, role }));
            let code = format!("{}{number:02}", department.hall);
            windows.push(Window { code, name: format!("{number}号窗口"), department: index, people: pair });
        }
    }
    for (index, department) in departments.iter().enumerate() {
        for _ in 0..(department.windows * 5).div_ceil(9) {
            hire(&mut people, index, Post::Back);
        }
    }
    let approval = departments.iter().position(|department| department.code == "approval").unwrap_or(0);
    let (code, name) = (SYSTEM_ACCOUNT.to_owned(), "自动核验".to_owned());
    people.push(Person { code, name, department: approval, post: Post::System });
    (windows, people)
}

/// A made-up name; the first few thousand differ.
pub(crate) fn name(index: usize) -> String {
    let (surname, round) = (index % SURNAMES.len(), index / SURNAMES.len());
    format!("{}{}", SURNAMES[surname], GIVEN[(surname * 17 + round) % GIVEN.len()])
}

const SURNAMES: [&str; 45] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾",
    "彭", "吕", "苏", "卢", "蒋", "蔡", "贾",
];

const GIVEN: [&str; 64] = [
    "岚", "文博", "秋月", "知远", "雨桐", "志恒", "清如", "一鸣", "书宁", "嘉树", "若溪", "立群", "晓棠", "明轩",
    "静怡", "海舟", "思齐", "采薇", "长风", "素心", "景行", "南乔", "怀谷", "语冰", "子墨", "映雪", "致和", "晚晴",
    "承宇", "云舒", "望舒", "沐阳", "听雨", "以宁", "慕白", "青禾", "星阑", "远山", "锦书", "安然", "木槿", "行之",
    "若谷", "知夏", "思远", "向晨", "佳禾", "振宇", "丽娜", "国栋", "春梅", "建平", "小满", "立夏", "霜白", "白露",
    "寒江", "新竹", "亦凡", "可欣", "天佑", "心怡", "博远", "如意",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_city_is_as_large_as_it_says() {
        let plan = Plan::of(Scale::City).expect("tables");
        assert_eq!((plan.departments.len(), plan.windows.len()), (34, 200));
        assert!(plan.people.len() > 500 && plan.matters.len() >= 300, "{} {}", plan.people.len(), plan.matters.len());
        assert_eq!(plan.people.iter().map(|person| &person.name).collect::<BTreeSet<_>>().len(), plan.people.len());
        assert_eq!(plan.windows.iter().map(|window| &window.code).collect::<BTreeSet<_>>().len(), 200);
        let in_hall =
            |hall: &str| plan.windows.iter().filter(|own| plan.department(own.department).hall == hall).count();
        assert_eq!((in_hall(PILOT_HALL), in_hall(CONTROL_HALL)), (20, 12));
        for index in 0..plan.departments.len() {
            assert!(plan.matters_of(index).len() > 1, "{}", plan.department(index).name);
        }
        let tax: Vec<_> = plan.matters_of(0).into_iter().map(|matter| matter.name.as_str()).collect();
        assert!(tax.contains(&"发票申领") && tax.contains(&"纳税申报"));
    }

    #[test]
    fn the_small_city_has_twenty_windows_in_two_halls() {
        let plan = Plan::of(Scale::Small).expect("tables");
        assert_eq!((plan.halls.len(), plan.windows.len()), (2, 20));
        assert!(plan.matters.len() > 100);
    }
}
