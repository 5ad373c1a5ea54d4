use super::*;
use crate::config::Activation;
use crate::config::ConvolutionalConfig;

#[test]
fn the_default_is_the_chapters_stacked_autoencoder() {
    let plan = Plan::for_data(&Config::default(), 784, None).unwrap();
    let shapes: Vec<[usize; 2]> = plan.spec.layers.iter().map(|l| l.map.weight()).collect();
    assert_eq!(shapes, [[784, 300], [300, 150], [150, 300], [300, 784]]);
    assert_eq!(shape(&plan.spec.shapes), "784-300-150-300-784");
    assert_eq!(plan.spec.layers[0].activation, Activation::Elu);
    assert_eq!(plan.spec.layers[0].init, Init::He);
    assert_eq!(plan.spec.layers[3].activation, Activation::Identity);
}

#[test]
fn networks_beyond_any_memory_are_refused() {
    let mut config = Config::default();
    config.network.hidden = vec![1 << 20, 1 << 20];
    assert!(
        Plan::for_data(&config, 784, None)
            .unwrap_err()
            .to_string()
            .contains("network.hidden")
    );
}

const DIGIT: ImageShape = ImageShape {
    height: 28,
    width: 28,
    channels: 1,
};

fn convolutional(change: impl FnOnce(&mut Config, &mut ConvolutionalConfig)) -> Config {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 64);
    let mut convolutional = ConvolutionalConfig::default();
    change(&mut config, &mut convolutional);
    config.convolutional = Some(convolutional);
    config
}

fn digits(change: impl FnOnce(&mut Config, &mut ConvolutionalConfig)) -> Plan {
    Plan::for_data(&convolutional(change), 784, Some(DIGIT)).unwrap()
}

#[test]
fn convolutions_come_first_and_dense_layers_after() {
    let plan = digits(|_, _| {});
    assert_eq!(
        shape(&plan.spec.shapes),
        "28x28x1-16x14x14-32x7x7-64 and back"
    );
    let shapes: Vec<[usize; 2]> = plan.spec.layers.iter().map(|l| l.map.weight()).collect();
    let [first, second, dense] = [[9, 16], [144, 32], [1568, 64]];
    assert_eq!(shapes[..3], [first, second, dense]);
    assert_eq!(shapes[3..], [[64, 1568], [288, 16], [144, 1]]);
    let hidden: Vec<bool> = plan.spec.layers.iter().map(|l| l.hidden).collect();
    assert_eq!(hidden, [true, true, false, true, true, false]);
    // Nine pixels meet in each output; on the way back, one position in four
    // has them.
    assert_eq!(plan.spec.layers[0].map.fans(), (9.0, 36.0));
    assert_eq!(plan.spec.layers[5].map.fans(), (36.0, 9.0));
}

#[test]
fn every_setting_of_the_convolutions_moves_their_shape() {
    let shape_of =
        |change: &dyn Fn(&mut Config, &mut ConvolutionalConfig)| shape(&digits(change).spec.shapes);
    let shapes = [
        shape_of(&|_, c| c.channels = vec![8]),
        shape_of(&|_, c| (c.kernel, c.stride) = (5, 3)),
        shape_of(&|config, _| config.network.hidden = vec![100]),
        shape_of(&|config, c| (config.network.code, c.maps) = (1568, true)),
    ];
    assert_eq!(
        shapes,
        [
            "28x28x1-8x14x14-64 and back",
            "28x28x1-16x10x10-32x4x4-64 and back",
            "28x28x1-16x14x14-32x7x7-100-64 and back",
            "28x28x1-16x14x14-32x7x7 and back",
        ]
        .map(String::from)
    );
    assert_eq!(
        digits(|_, c| c.kernel = 5).spec.layers[0].map.weight(),
        [25, 16]
    );
    let plan = Plan::for_data(
        &convolutional(|_, c| c.image = Some(vec![4, 6, 2])),
        48,
        None,
    )
    .unwrap();
    assert_eq!(shape(&plan.spec.shapes), "4x6x2-16x2x3-32x1x2-64 and back");
}

#[test]
fn a_code_of_maps_is_as_wide_as_they_are() {
    for given in [64, 150, 1568] {
        let config = convolutional(|config, c| (config.network.code, c.maps) = (given, true));
        match Plan::for_data(&config, 784, Some(DIGIT)) {
            Ok(plan) => assert_eq!((plan.config.network.code, given != 64), (1568, true)),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("`network.code`") && given == 64, "{error}");
                assert!(error.contains("1568: 32 maps of 7 x 7"), "{error}");
            }
        }
    }
}

#[test]
fn what_cannot_be_convolved_is_refused_by_key() {
    type Change = dyn Fn(&mut Config, &mut ConvolutionalConfig);
    let refused = |known: Option<ImageShape>, change: &Change| {
        let error = Plan::for_data(&convolutional(change), 784, known).unwrap_err();
        error.to_string()
    };
    let cases: [(&str, &str, String); 10] = [
        ("image", "does not say", refused(None, &|_, _| {})),
        (
            "image",
            "900 values",
            refused(None, &|_, c| c.image = Some(vec![30, 30])),
        ),
        (
            "image",
            "as the data says",
            refused(Some(DIGIT), &|_, c| c.image = Some(vec![14, 56])),
        ),
        (
            "image",
            "1 number",
            refused(None, &|_, c| c.image = Some(vec![784])),
        ),
        (
            "image",
            "found 0",
            refused(None, &|_, c| c.image = Some(vec![0, 784])),
        ),
        (
            "channels",
            "at least one",
            refused(Some(DIGIT), &|_, c| c.channels.clear()),
        ),
        (
            "channels",
            "found 0",
            refused(Some(DIGIT), &|_, c| c.channels = vec![4, 0]),
        ),
        (
            "stride",
            "no kernel",
            refused(Some(DIGIT), &|_, c| c.stride = 4),
        ),
        (
            "kernel",
            "convolution 6 sees are 1 x 1",
            refused(Some(DIGIT), &|_, c| c.channels = vec![4; 6]),
        ),
        (
            "channels",
            "values in all maps",
            refused(Some(DIGIT), &|_, c| {
                (c.channels, c.stride) = (vec![9000], 1)
            }),
        ),
    ];
    for (key, words, message) in cases {
        let key = format!("`convolutional.{key}`");
        assert!(message.contains(&key), "{key}: {message}");
        assert!(message.contains(words), "{words}: {message}");
    }
    let message = refused(Some(DIGIT), &|config, c| {
        (config.network.hidden, c.maps) = (vec![9], true);
    });
    assert!(message.contains("`network.hidden`"), "{message}");
}

#[test]
fn convolutions_are_hidden_layers_unless_they_make_the_code() {
    let dropped = |maps: bool, channels: Vec<usize>| {
        let config = convolutional(|config, c| {
            config.network.dropout = 0.2;
            (c.maps, c.channels) = (maps, channels);
        });
        config.check().map_err(|e| e.to_string())
    };
    dropped(false, vec![4]).unwrap();
    dropped(true, vec![4, 4]).unwrap();
    let alone = dropped(true, vec![4]).unwrap_err();
    assert!(alone.contains("`network.dropout`"), "{alone}");
}
