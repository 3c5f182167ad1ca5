graph [
  node [
    id 0
    label "0"
    side "left"
  ]
  node [
    id 1
    label "1"
    side "left"
  ]
  node [
    id 2
    label "2"
    side "left"
  ]
  node [
    id 3
    label "3"
    side "left"
  ]
  node [
    id 4
    label "4"
    side "left"
  ]
  node [
    id 5
    label "5"
    side "left"
  ]
  node [
    id 6
    label "6"
    side "left"
  ]
  node [
    id 7
    label "7"
    side "left"
  ]
  node [
    id 8
    label "8"
    side "left"
  ]
  node [
    id 9
    label "9"
    side "left"
  ]
  node [
    id 10
    label "10"
    side "right"
  ]
  node [
    id 11
    label "11"
    side "right"
  ]
  node [
    id 12
    label "12"
    side "right"
  ]
  node [
    id 13
    label "13"
    side "right"
  ]
  node [
    id 14
    label "14"
    side "right"
  ]
  node [
    id 15
    label "15"
    side "right"
  ]
  node [
    id 16
    label "16"
    side "right"
  ]
  node [
    id 17
    label "17"
    side "right"
  ]
  node [
    id 18
    label "18"
    side "right"
  ]
  node [
    id 19
    label "19"
    side "right"
  ]
  node [
    id 20
    label "20"
    side "right"
  ]
  node [
    id 21
    label "21"
    side "right"
  ]
  node [
    id 22
    label "22"
    side "right"
  ]
  node [
    id 23
    label "23"
    side "right"
  ]
  edge [
    source 0
    target 23
    weight 0
  ]
  edge [
    source 0
    target 1
    weight 1
  ]
  edge [
    source 0
    target 19
    weight 2
  ]
  edge [
    source 0
    target 5
    weight 3
  ]
  edge [
    source 1
    target 2
    weight 4
  ]
  edge [
    source 1
    target 20
    weight 5
  ]
  edge [
    source 1
    target 6
    weight 6
  ]
  edge [
    source 2
    target 3
    weight 0
  ]
  edge [
    source 2
    target 21
    weight 1
  ]
  edge [
    source 2
    target 7
    weight 2
  ]
  edge [
    source 3
    target 4
    weight 3
  ]
  edge [
    source 3
    target 22
    weight 4
  ]
  edge [
    source 3
    target 8
    weight 5
  ]
  edge [
    source 4
    target 5
    weight 6
  ]
  edge [
    source 4
    target 23
    weight 0
  ]
  edge [
    source 4
    target 9
    weight 1
  ]
  edge [
    source 5
    target 6
    weight 2
  ]
  edge [
    source 5
    target 10
    weight 3
  ]
  edge [
    source 6
    target 7
    weight 4
  ]
  edge [
    source 6
    target 11
    weight 5
  ]
  edge [
    source 7
    target 8
    weight 6
  ]
  edge [
    source 7
    target 12
    weight 0
  ]
  edge [
    source 8
    target 9
    weight 1
  ]
  edge [
    source 8
    target 13
    weight 2
  ]
  edge [
    source 9
    target 10
    weight 3
  ]
  edge [
    source 9
    target 14
    weight 4
  ]
  edge [
    source 10
    target 11
    weight 5
  ]
  edge [
    source 10
    target 15
    weight 6
  ]
  edge [
    source 11
    target 12
    weight 0
  ]
  edge [
    source 11
    target 16
    weight 1
  ]
  edge [
    source 12
    target 13
    weight 2
  ]
  edge [
    source 12
    target 17
    weight 3
  ]
  edge [
    source 13
    target 14
    weight 4
  ]
  edge [
    source 13
    target 18
    weight 5
  ]
  edge [
    source 14
    target 15
    weight 6
  ]
  edge [
    source 14
    target 19
    weight 0
  ]
  edge [
    source 15
    target 16
    weight 1
  ]
  edge [
    source 15
    target 20
    weight 2
  ]
  edge [
    source 16
    target 17
    weight 3
  ]
  edge [
    source 16
    target 21
    weight 4
  ]
  edge [
    source 17
    target 18
    weight 5
  ]
  edge [
    source 17
    target 22
    weight 6
  ]
  edge [
    source 18
    target 19
    weight 0
  ]
  edge [
    source 18
    target 23
    weight 1
  ]
  edge [
    source 19
    target 20
    weight 2
  ]
  edge [
    source 20
    target 21
    weight 3
  ]
  edge [
    source 21
    target 22
    weight 4
  ]
  edge [
    source 22
    target 23
    weight 5
  ]
]
