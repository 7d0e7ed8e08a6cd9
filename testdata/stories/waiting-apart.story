// Waiting is counted apart from service: from joining the queue, else taking the number, to the first call.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
rules patience
| [[rule]]
| id = "waiting"
| title = "等候"
| dimension = "quality"
| on = "service"
| subject = "hall"
| value = "fact.waiting_ms"
| [[rule.band]]
| upto = "10min"
| points = 1
| [[rule.band]]
| points = -1
2026-11-23
08:30 take A001
08:55 join A001
09:00 call A001 window 7 by ZhangWei
09:04 recall A001 window 7
09:05 start A001
09:25 end A001
08:50 take A002
09:30 call A002 window 7 by ZhangWei
09:31 start A002
09:40 end A002
10:00 start A003 window 7 by ZhangWei // no queue: nothing to say about waiting
10:10 end A003
---
#1 +5 ZhangWei service-time
#2 +1 hall:H1 waiting — 5 min from joining to the call
#3 +5 ZhangWei service-time
#4 -1 hall:H1 waiting — 40 min
#5 +5 ZhangWei service-time
