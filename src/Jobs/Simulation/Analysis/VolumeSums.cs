using MolSampling.Potentials;
using MolSampling.Potentials.Periodic;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Sums over the volumes of frames, by independent groups.</summary>
/// <param name="groups">How many.</param>
internal sealed class VolumeSums(int groups)
{
    private readonly double[] _counts = new double[groups], _volumes = new double[groups], _squares = new double[groups],
        _inverses = new double[groups];
    private double _reference; // keeps squares small

    /// <summary>Adds a frame.</summary>
    /// <param name="group">Its group.</param>
    /// <param name="volume">nm^3.</param>
    public void Add(int group, double volume)
    {
        if (_reference == 0)
            _reference = volume;
        _counts[group]++;
        _volumes[group] += volume - _reference;
        _squares[group] += (volume - _reference) * (volume - _reference);
        _inverses[group] += 1 / volume;
    }

    /// <summary>What they say.</summary>
    /// <param name="mass">Da.</param>
    /// <param name="kelvin">Of the bath.</param>
    public VolumeSummary Summary(double mass, double kelvin)
    {
        Estimate volume = Jackknife.Ratio(_volumes, _counts), inverse = Jackknife.Ratio(_inverses, _counts);
        double density = mass * Units.GramPerCubicCentimetre, kT = Units.GasConstant * kelvin;
        double n = _counts.Sum(), v = _volumes.Sum(), w = _squares.Sum();
        double Compressibility(double count, double sum, double squares)
        {
            double mean = sum / count;
            return (squares / count - mean * mean) / (kT * (_reference + mean)) / MolecularPressure.Bar;
        }
        double error = groups < 2 ? double.NaN : Jackknife.StandardError([.. Enumerable.Range(0, groups).Select(g =>
            Compressibility(n - _counts[g], v - _volumes[g], w - _squares[g]))]);
        return new(new(_reference + volume.Value, volume.StandardError), new(density * inverse.Value, density * inverse.StandardError),
            new(Compressibility(n, v, w), error));
    }
}
