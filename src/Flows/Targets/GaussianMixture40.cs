using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// Forty equal Gaussians in the plane as fab-torch has them: means (rand(40, 2) - 1/2) 2 40 of torch's generator with seed 0, in float32;
/// deviation softplus(1) = ln(1 + e) each way; a log density below -10^4 is -inf. The JAX target of the same name has other means and
/// deviation 1. Midgley et al., ICLR 2023 (arXiv 2208.01893).
/// </summary>
public sealed class GaussianMixture40 : Target
{
    private const double Lowest = -1e4;

    // what torch.manual_seed(0) gives, kept here so that the target does not depend on a generator
    private static readonly double[] s_means =
    [
        -0.2994728088378906, 21.457744598388672, -32.92180633544922, -29.43756103515625, -15.406174659729004, 10.72629451751709,
            -0.7925271987915039, 31.715579986572266,
        -3.5497617721557617, 10.584502220153809, -12.088522911071777, -7.862615585327148, -38.21393966674805, -26.491283416748047,
            -16.488924026489258, 1.4817428588867188,
        15.813407897949219, 24.000911712646484, -27.117643356323242, -17.418514251708984, 14.528684616088867, 33.215518951416016,
            -8.232007026672363, 29.932470321655273,
        -6.447334289550781, 4.2325639724731445, 36.21904754638672, -37.106815338134766, -25.1815185546875, -10.126609802246094,
            -15.591998100280762, 34.56003189086914,
        -25.92718505859375, -18.413314819335938, -27.94561767578125, -37.462440490722656, -23.349618911743164, 34.3839225769043,
            17.848735809326172, 19.38690185546875,
        2.1036624908447266, -20.507339477539062, 6.767387390136719, -37.3477897644043, -28.90264892578125, -20.621200561523438,
            25.237518310546875, 23.452850341796875,
        -17.73980140686035, -1.4432954788208008, 25.582427978515625, 39.765323638916016, 15.875287055969238, 5.403714179992676,
            26.819454193115234, -23.552093505859375,
        7.453761100769043, -31.01222038269043, -27.723445892333984, -20.663341522216797, 18.098922729492188, 16.086416244506836,
            -23.69409942626953, 12.084283828735352,
        21.958881378173828, -5.048694610595703, 1.527261734008789, 9.2681884765625, 24.8150634765625, 38.40776443481445, -30.82494354248047,
            -14.65878963470459,
        15.720396041870117, 33.14197540283203, 34.808292388916016, 35.29426956176758, 7.9605817794799805, -34.78330612182617,
            3.6796998977661133, -25.024213790893555,
    ];

    private static readonly double s_deviation = Math.Log(1 + Math.E);

    /// <inheritdoc/>
    public override string Name => "gmm40";

    /// <inheritdoc/>
    public override string Definition =>
        "log density = log mean over 40 means of N(x; mean, deviation^2 I) in the plane, -inf below -1e4; means of torch's generator with seed 0";

    /// <inheritdoc/>
    public override int Dimension => 2;

    /// <inheritdoc/>
    public override double? LogZ => 0; // what lies below -10^4 is less than e^-9990

    /// <inheritdoc/>
    public override IReadOnlyList<double[]> Modes { get; } = [.. s_means.Chunk(2)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters { get; } = [("means", s_means), ("deviation", [s_deviation])];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint { get; } = [1, 20];

    /// <inheritdoc/>
    public override double ReferenceLogDensity => -7.17741007598508;

    /// <inheritdoc/>
    public override Tensor? Sample(int count, RandomSource random) => Draw(count, x =>
    {
        int k = random.NextInt(40);
        (x[0], x[1]) = (s_means[2 * k] + s_deviation * random.NextNormal(), s_means[2 * k + 1] + s_deviation * random.NextNormal());
    });

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = (x.to(ScalarType.Float64).unsqueeze(1) - tensor(s_means, [40, 2], device: x.device)) / s_deviation;
        Tensor log = logsumexp(-0.5 * z.square().sum(2), 1) - Math.Log(40 * 2 * Math.PI * s_deviation * s_deviation);
        return log.masked_fill(log.detach() < Lowest, double.NegativeInfinity).MoveToOuterDisposeScope();
    }
}
