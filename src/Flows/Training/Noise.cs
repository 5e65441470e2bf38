using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Random numbers as tensors, float64, drawn row by row.</summary>
internal static class Noise
{
    /// <summary>Standard normal.</summary>
    public static Tensor Normals(long rows, long columns, RandomSource random) => tensor(Numbers(rows * columns, random.NextNormal),
        [rows, columns]);

    /// <summary>Uniform on (0, 1).</summary>
    public static Tensor Uniforms(long rows, RandomSource random) => tensor(Numbers(rows, random.NextDouble));

    private static double[] Numbers(long count, Func<double> next)
    {
        var numbers = new double[count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = next();
        return numbers;
    }
}
