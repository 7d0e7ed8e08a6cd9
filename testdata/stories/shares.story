// Shared credit is exact: the parts sum to the points, the rest goes by largest remainder, ties to the first.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
person Wang department D1
rules shares
| [[rule]]
| id = "together"
| title = "协作"
| dimension = "collaboration"
| on = "service"
| subject = "person"
| credit = "shares"
| points = 3
| [[rule]]
| id = "window"
| title = "窗口"
| dimension = "efficiency"
| on = "service"
| subject = "window"
| credit = "shares"
| points = 2
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:10 end A001 shares ZhangWei:1,LiNa:1,Wang:1
09:30 start A004 window 7 by ZhangWei
09:40 end A004 shares ZhangWei:1,LiNa:2
10:00 start A002 window 7 by ZhangWei
10:10 end A002 shares ZhangWei:3,LiNa:1
11:00 start A003 window 7 by ZhangWei // nobody declared: by how many events name them
11:01 hold A003 by LiNa
11:02 resume A003 by LiNa
11:10 end A003
---
#1 +1 LiNa together
#2 +1 Wang together
#3 +1 ZhangWei together — exact thirds
#4 +2 window:7 window — a window's award is not split among its people
#5 +2 LiNa together
#6 +1 ZhangWei together
#7 +2 window:7 window
#8 +0.75 LiNa together
#9 +2.25 ZhangWei together
#10 +2 window:7 window
#11 +2 LiNa together
#12 +1 ZhangWei together
#13 +2 window:7 window
