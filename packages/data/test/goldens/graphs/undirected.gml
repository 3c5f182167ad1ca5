graph [
  node [
    id 0
    label "a"
    weight 0.5
    size 3
    big "1152921504606846976"
  ]
  node [
    id 1
    label "b"
    weight -0.001
    size -4
  ]
  node [
    id 2
    label "c"
  ]
  edge [
    source 0
    target 1
    kind "x"
    weight 1.25
  ]
  edge [
    source 0
    target 2
    kind "y"
  ]
  edge [
    source 2
    target 2
    weight 2.0
  ]
]
