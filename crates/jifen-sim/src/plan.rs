//! The invented hall on paper: departments, windows, matters with their limits, people. Every name is made up.

/// Hall of the pilot: service times fall there half way through the demo.
pub(crate) const TAX_HALL: &str = "SW";

pub(crate) const HALLS: [(&str, &str); 2] = [("ZW", "便民服务中心"), (TAX_HALL, "办税服务厅（试点）")];

/// One department and how many windows it has.
pub(crate) struct Department {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) hall: &'static str,
    pub(crate) windows: usize,
    /// Whether its queue system names the person; elsewhere the sign-in or the roster says who served.
    pub(crate) presence: Presence,
}

/// How the sources of a department tell who served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Every call and service names the person.
    Named,
    /// The person signs in at the window in the morning.
    SignedIn,
    /// Only the roster knows.
    Roster,
}

const fn department(
    code: &'static str,
    name: &'static str,
    hall: &'static str,
    windows: usize,
    presence: Presence,
) -> Department {
    Department { code, name, hall, windows, presence }
}

pub(crate) const DEPARTMENTS: [Department; 8] = [
    department("tax", "税务局", TAX_HALL, 6, Presence::Named),
    department("market", "市场监督管理局", "ZW", 3, Presence::Named),
    department("social", "人力资源和社会保障局", "ZW", 3, Presence::SignedIn),
    department("medical", "医疗保障局", "ZW", 2, Presence::Named),
    department("estate", "自然资源局（不动产登记）", "ZW", 2, Presence::Named),
    department("police", "公安局（户政）", "ZW", 2, Presence::SignedIn),
    department("fund", "住房公积金中心", "ZW", 1, Presence::Roster),
    department("approval", "行政审批局", "ZW", 1, Presence::Named),
];

/// One matter. Limits are of our own making.
pub(crate) struct Matter {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) department: &'static str,
    /// Share of the department's visitors.
    pub(crate) weight: f64,
    /// Time at the counter, relative to the hall's mean.
    pub(crate) factor: f64,
    /// Limits in working days for matters that become a case: promised, statutory.
    pub(crate) limit: Option<(u32, u32)>,
}

const fn matter(
    code: &'static str,
    name: &'static str,
    department: &'static str,
    weight: f64,
    factor: f64,
    limit: Option<(u32, u32)>,
) -> Matter {
    Matter { code, name, department, weight, factor, limit }
}

pub(crate) const MATTERS: [Matter; 19] = [
    matter("tax-invoice", "发票申领", "tax", 4.0, 0.8, None),
    matter("tax-return", "纳税申报", "tax", 4.0, 1.2, None),
    matter("tax-refund", "退税申请", "tax", 1.0, 1.3, Some((5, 20))),
    matter("tax-certificate", "完税证明开具", "tax", 2.0, 0.6, None),
    matter("market-register", "企业设立登记", "market", 3.0, 1.3, Some((1, 3))),
    matter("market-change", "企业变更登记", "market", 2.0, 1.0, Some((2, 3))),
    matter("market-food", "食品经营许可", "market", 1.0, 1.2, Some((5, 20))),
    matter("social-query", "参保信息查询", "social", 3.0, 0.5, None),
    matter("social-transfer", "养老保险关系转移", "social", 2.0, 1.1, Some((10, 15))),
    matter("social-retire", "退休待遇核定", "social", 1.0, 1.5, Some((8, 15))),
    matter("medical-card", "医保电子凭证激活", "medical", 3.0, 0.5, None),
    matter("medical-claim", "异地就医报销", "medical", 2.0, 1.2, Some((10, 30))),
    matter("estate-transfer", "不动产转移登记", "estate", 2.0, 1.5, Some((3, 30))),
    matter("estate-mortgage", "抵押权登记", "estate", 1.0, 1.2, Some((2, 15))),
    matter("police-move", "户口迁移", "police", 2.0, 1.1, Some((3, 10))),
    matter("police-id", "居民身份证换领", "police", 3.0, 0.7, None),
    matter("fund-withdraw", "公积金提取", "fund", 3.0, 1.0, Some((3, 3))),
    matter("approval-road", "占道施工许可", "approval", 1.0, 1.3, Some((7, 20))),
    matter("approval-sign", "户外广告设置许可", "approval", 2.0, 1.0, Some((5, 20))),
];

/// One person or system account.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) department: &'static str,
    pub(crate) post: Post,
}

/// Where somebody works.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Post {
    /// First (`a`) or second (`b`) at a window; they take turns by the week.
    Window { window: String, role: &'static str },
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
    pub(crate) department: &'static Department,
}

/// The account that checks online applications by itself.
pub(crate) const SYSTEM_ACCOUNT: &str = "sys-auto";
/// A code that the approval system uses and nobody has registered: it waits to be identified.
pub(crate) const STRANGER: &str = "temp-07";

const NAMES: [&str; 45] = [
    "王岚",
    "李文博",
    "张秋月",
    "刘知远",
    "陈雨桐",
    "杨志恒",
    "赵清如",
    "黄一鸣",
    "周书宁",
    "吴嘉树",
    "徐若溪",
    "孙立群",
    "胡晓棠",
    "朱明轩",
    "高静怡",
    "林海舟",
    "何思齐",
    "郭采薇",
    "马长风",
    "罗素心",
    "梁景行",
    "宋南乔",
    "郑怀谷",
    "谢语冰",
    "韩子墨",
    "唐映雪",
    "冯致和",
    "于晚晴",
    "董承宇",
    "萧云舒",
    "程望舒",
    "曹沐阳",
    "袁听雨",
    "邓以宁",
    "许慕白",
    "傅青禾",
    "沈星阑",
    "曾远山",
    "彭锦书",
    "吕安然",
    "苏木槿",
    "卢行之",
    "蒋若谷",
    "蔡知夏",
    "贾思远",
];

/// Windows in order, and the people: two for each, one in each back office until the names end, and the system account.
pub(crate) fn staff() -> (Vec<Window>, Vec<Person>) {
    let (mut windows, mut people) = (Vec::new(), Vec::new());
    let mut names = NAMES.iter().enumerate();
    let mut hire = |people: &mut Vec<Person>, department: &'static str, post: Post| {
        if let Some((index, name)) = names.next() {
            people.push(Person { code: format!("G{}", 1001 + index), name: (*name).to_owned(), department, post });
        }
    };
    for department in &DEPARTMENTS {
        for _ in 0..department.windows {
            let number = windows.len() + 1;
            let code = format!("{}{number:02}", department.hall);
            for role in ["a", "b"] {
                hire(&mut people, department.code, Post::Window { window: code.clone(), role });
            }
            windows.push(Window { code, name: format!("{number}号窗口"), department });
        }
    }
    for department in &DEPARTMENTS {
        hire(&mut people, department.code, Post::Back);
    }
    let system = Person {
        code: SYSTEM_ACCOUNT.to_owned(),
        name: "自动核验".to_owned(),
        department: "approval",
        post: Post::System,
    };
    people.push(system);
    (windows, people)
}
