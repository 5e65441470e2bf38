using MolSampling.Potentials;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>What is done to every geometry that a result shows.</summary>
internal static class Geometry
{
    /// <summary>Moves the mean of the positions, [N, 3] nm, to the origin.</summary>
    public static void Centre(Span<float> x)
    {
        for (int c = 0; c < 3; c++)
        {
            double mean = 0;
            for (int k = c; k < x.Length; k += 3)
                mean += x[k];
            mean /= x.Length / 3;
            for (int k = c; k < x.Length; k += 3)
                x[k] = (float)(x[k] - mean);
        }
    }

    /// <summary>The energy in double precision, kJ/mol.</summary>
    public static double Energy(Potential potential, ReadOnlySpan<float> x)
    {
        double[] positions = new double[x.Length];
        for (int k = 0; k < x.Length; k++)
            positions[k] = x[k];
        return potential.EvaluateDouble(positions, new double[x.Length]);
    }
}
