// Half of what a window loses its chief loses too, whoever held the post at the time: one entered late takes what was before, one that
// ended gives it back, an unknown code's waits; where repetition makes the window's more, half of that follows.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
person ZhangWei window 7
rules links
| [[rule]]
| id = "untidy"
| title = "台面不整洁"
| dimension = "quality"
| on = "finding"
| subject = "window"
| when = "fact.category == 'untidy'"
| points = -2
| repeat = { per = "day", steps = [{ from = 2, factor = 2 }] }
| [[rule.link]]
| id = "chief"
| title = "首席代表扣一半"
| to = "post:chief"
| factor = "1/2"
2026-11-23
09:00 find untidy window 7
10:00 find untidy window 7
10:30 post chief ZhangWei window 7 from 08:00
11:00 unpost chief ZhangWei window 7 from 09:30
11:30 post chief X9 window 7 from 09:30
11:40 post chief X9 from 09:30 refused "exactly one of them"
12:00 person X9 window 7
09:10 find untidy window 7
---
#1 -2 window:7 untidy
#2 -4 window:7 untidy
#3 -2 ZhangWei untidy/chief — the post was entered afterwards
#4 -1 ZhangWei untidy/chief
#5 +2 ZhangWei untidy/chief reverses #3
#6 -2 X9 untidy/chief — known now
#7 -4 window:7 untidy — the second that day
#8 -2 ZhangWei untidy/chief
