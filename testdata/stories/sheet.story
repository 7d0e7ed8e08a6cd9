// A score sheet: a base, an item whose deductions stop at its floor, gains after that, a bonus cap, a cap of the score.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
system Robot department D1 window 8
rules sheet
| [[sheet]]
| id = "month"
| title = "月度评分"
| dimension = "quality"
| subject = "person"
| period = "month"
| base = 10
| floor = 0
| cap = 14
| bonus_cap = 5
| [[sheet.item]]
| id = "voice"
| title = "评价投诉"
| base = 6
| floor = 0
| [[sheet.item]]
| id = "ideas"
| title = "建议"
| dimension = "innovation"
| bonus = true
| [[rule]]
| id = "complaint"
| title = "投诉"
| sheet = "month"
| item = "voice"
| dimension = "quality"
| on = "complaint"
| subject = "person"
| points = -4
| [[rule]]
| id = "thanks"
| title = "表扬"
| sheet = "month"
| item = "voice"
| dimension = "quality"
| on = "rating"
| subject = "person"
| when = "fact.level == 5"
| points = 2
| [[rule]]
| id = "idea"
| title = "建议"
| sheet = "month"
| item = "ideas"
| dimension = "innovation"
| on = "suggestion"
| subject = "person"
| points = 4
2026-10-31
23:59 period 2026-10 ends
2026-11-23
09:00 complain A001 by ZhangWei
10:00 complain A002 by ZhangWei
11:00 rate A003 very-satisfied by ZhangWei
12:00 suggest ZhangWei
13:00 suggest ZhangWei
2026-12-01
00:30 period 2026-11 ends
2026-11-24
09:00 complain A004 by LiNa // late: her sheet was posted without it
2026-12-02
09:00 month 2026-11 closes
2026-11-25
09:00 rate A005 very-satisfied by ZhangWei // later still: the month is closed
10:00 complain A006 by LiNa
---
#1 +10 LiNa month/base for 2026-10 on 2026-10-31 at 8/D1/H1 facts 0
#2 +10 ZhangWei month/base for 2026-10
#3 -4 ZhangWei complaint
#4 -4 ZhangWei complaint
#5 +2 ZhangWei thanks
#6 +4 ZhangWei idea
#7 +4 ZhangWei idea
#8 +10 LiNa month/base for 2026-11
#9 +10 ZhangWei month/base for 2026-11
#10 -3 ZhangWei month/bonus-cap for 2026-11 clamp facts 5 — 8 of 5
#11 +2 ZhangWei month/voice/floor for 2026-11 clamp facts 5 — 6 of 8: his score is 11
#12 -4 LiNa complaint
#13 +2 ZhangWei thanks adjustment
#14 -4 LiNa complaint adjustment
#15 +2 LiNa month/voice/floor for 2026-11 adjustment booked 2026-12 facts 2
provisional +10 LiNa month/base for 2026-12
provisional +10 ZhangWei month/base for 2026-12
