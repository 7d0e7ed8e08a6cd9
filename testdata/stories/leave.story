// Who stands at a window: the A, the B exactly while the A is on leave, a trainee only alone. Rules spare those on leave and trainees where
// they say so. A leave that comes late moves what it covers; taken back, it gives all of it back.
region Asia/Shanghai
hall H1
window 7 hall H1
person ZhangWei window 7
person LiNa window 7
person XiaoMa window 7
rules spared
| [[rule]]
| id = "slow"
| title = "办理时长"
| dimension = "efficiency"
| on = "service"
| subject = "person"
| value = "fact.service_ms"
| exempt = ["trainee"]
| [[rule.band]]
| upto = "20min"
| points = 5
| [[rule.band]]
| points = -3
| [[rule]]
| id = "late"
| title = "迟到"
| dimension = "quality"
| on = "attendance"
| subject = "person"
| exempt = ["leave"]
| points = -1
roster XiaoMa window 7 from 2026-11-23T08:00 role trainee
roster LiNa window 7 from 2026-11-23T08:00 to 2026-11-24T00:00 role b
roster ZhangWei window 7 from 2026-11-23T08:00 to 2026-11-24T00:00 role a
roster LiNa window 7 from 2026-11-23T08:00 role chief refused "none of them"
2026-11-23
09:00 start A1 window 7
09:10 end A1
10:00 start A2 window 7
10:10 end A2
11:00 attend ZhangWei late
12:00 leave L1 ZhangWei sick from 10:00 to 12:00 // the B stood in
13:00 leave odd ZhangWei sick from 10:00 to 10:00 refused "must lie after"
2026-11-24
09:00 start A3 window 7 // only the trainee is there now
09:40 end A3
10:00 unleave L1
---
#1 +5 ZhangWei slow
#2 +5 ZhangWei slow
#3 -1 ZhangWei late
#4 +1 ZhangWei late reverses #3
#5 +5 LiNa slow
#6 -5 ZhangWei slow reverses #2
#7 -1 ZhangWei late
#8 -5 LiNa slow reverses #5
#9 +5 ZhangWei slow — as if there had been none
unclear A3 slow trainee:7
