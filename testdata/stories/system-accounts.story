// System accounts are scored like people; only ranks leave them out.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
system admin2
2026-11-23
09:00 start A001 window 7 by admin2
09:10 end A001
10:00 start A002 window 7 by robot via queue
10:10 end A002 via queue
11:00 identify queue robot kind system
---
#1 +5 admin2 service-time
#2 +5 robot service-time
