// A hundred less deductions, gains capped: late twice, a punch missed, half a day absent, three and four points of gains make 96.
// Deductions that stop at nothing left come before gains: 6 less 8 is 0, and 15 more is 15.
region Asia/Shanghai
hall H1
department D1 hall H1
person ZhangWei department D1
person LiNa department D1
rules hundred
| [[sheet]]
| id = "month"
| title = "月度考评"
| dimension = "quality"
| subject = "person"
| period = "month"
| base = 106
| floor = "none"
| bonus_cap = 5
| [[sheet.item]]
| id = "attend"
| title = "出勤"
| base = 100
| floor = "none"
| [[sheet.item]]
| id = "bonus"
| title = "附加分"
| bonus = true
| [[sheet.item]]
| id = "news"
| title = "信息"
| base = 6
| floor = 0
| [[rule]]
| id = "late"
| title = "迟到"
| sheet = "month"
| item = "attend"
| dimension = "quality"
| on = "attendance"
| subject = "person"
| when = "fact.category == 'late' && !fact.excused"
| value = "fact.duration_ms"
| [[rule.band]]
| upto = "10min"
| points = -1
| [[rule.band]]
| points = -2
| [[rule]]
| id = "missed"
| title = "缺签"
| sheet = "month"
| item = "attend"
| dimension = "quality"
| on = "attendance"
| subject = "person"
| when = "fact.category == 'missed'"
| points = -2
| [[rule]]
| id = "absent"
| title = "旷工"
| sheet = "month"
| item = "attend"
| dimension = "quality"
| on = "attendance"
| subject = "person"
| when = "fact.category == 'absent'"
| points = -5
| times = "fact.half_days"
| [[rule]]
| id = "merit"
| title = "奖励"
| sheet = "month"
| item = "bonus"
| dimension = "quality"
| on = "finding"
| subject = "person"
| when = "fact.category == 'merit'"
| points = 1
| times = "fact.quantity"
| [[rule]]
| id = "short"
| title = "信息缺报"
| sheet = "month"
| item = "news"
| dimension = "quality"
| on = "finding"
| subject = "person"
| when = "fact.category == 'short'"
| points = -1
| times = "fact.quantity"
| [[rule]]
| id = "adopted"
| title = "信息采用"
| sheet = "month"
| item = "news"
| dimension = "quality"
| on = "finding"
| subject = "person"
| when = "fact.category == 'adopted' && fact.grade == 'city'"
| points = 15
2026-11-23
08:35 attend ZhangWei late duration_ms 5min
08:36 attend ZhangWei late duration_ms 5min
08:37 attend ZhangWei late duration_ms 20min excused yes
09:00 attend ZhangWei missed
10:00 attend ZhangWei absent half_days 1
11:00 find merit by ZhangWei quantity 3
12:00 find merit by ZhangWei quantity 4
13:00 find adopted by LiNa grade city
14:00 find short by LiNa quantity 8
2026-12-01
00:30 period 2026-11 ends
---
#1 -1 ZhangWei late band 0
#2 -1 ZhangWei late
#3 -2 ZhangWei missed
#4 -5 ZhangWei absent
#5 +3 ZhangWei merit
#6 +4 ZhangWei merit
#7 +15 LiNa adopted
#8 -8 LiNa short
#9 +106 LiNa month/base for 2026-11
#10 +106 ZhangWei month/base for 2026-11
#11 -2 ZhangWei month/bonus-cap for 2026-11 clamp — 96 and the 6 of the item he left alone
#12 +2 LiNa month/news/floor for 2026-11 clamp
provisional +106 LiNa month/base for 2026-12
provisional +106 ZhangWei month/base for 2026-12
